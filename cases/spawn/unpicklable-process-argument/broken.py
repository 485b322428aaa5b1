# A worker runs a method of an object that has a lock.
import multiprocessing as mp
import sys
import threading


class Job(object):
    def __init__(self):
        self.lock = threading.Lock()

    def run(self):
        with self.lock:
            print("observed: the worker ran")


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: the worker ran")
    sys.stdout.flush()
    worker = mp.Process(target=Job().run)
    worker.start()
    worker.join()
