# Loading a task's argument calls into a library that ends the process.
import multiprocessing as mp
import os
import sys
from concurrent.futures import ProcessPoolExecutor


class Licence(object):
    def __init__(self, key):
        self.key = key

    def __setstate__(self, state):
        os._exit(3)  # as a C library may do that finds no licence server


def work(licence):
    return licence.key


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: the caller learns that the task is lost")
    pool = ProcessPoolExecutor(1)
    try:
        pool.submit(work, Licence("A1")).result()
    except Exception:
        print("observed: the caller learns that the task is lost")
