import threading
import unittest


class Lock(unittest.TestCase):
    def test_it_is_taken_twice(self):
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()
