# a forked child takes its own new lock twice
import os
import threading

pid = os.fork()
if pid == 0:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
os.waitpid(pid, 0)
