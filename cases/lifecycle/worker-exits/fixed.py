# One task of four ends its worker, as a C library that calls exit() does.
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def convert(page):
    if page == 3:
        os._exit(0)
    return page


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print("expected: an error, because page 3 cannot be converted")
    with ProcessPoolExecutor(2) as pool:
        try:
            print("observed: %s" % list(pool.map(convert, [1, 2, 3, 4])))
        except BrokenProcessPool:
            print("observed: an error, because page 3 cannot be converted")
