# A module computes a table with a pool while it is imported.
import multiprocessing as mp
import os
import sys


def double(number):
    return 2 * number


def table():
    pool = mp.Pool(2)
    try:
        return pool.map(double, [1, 2, 3])
    finally:
        pool.terminate()
        pool.join()


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: [2, 4, 6]")
    sys.stdout.flush()
    module = __import__(os.path.basename(__file__).split(".")[0])  # this file, as a module
    print("observed: %s" % module.TABLE)
elif mp.current_process().name == "MainProcess":
    TABLE = table()
