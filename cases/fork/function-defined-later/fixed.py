# A pool is created further up in the file than the function that it runs.
import multiprocessing as mp
import sys


def double(number):
    return 2 * number


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    pool = mp.Pool(1)
    print("expected: 42")
    print("observed: %d" % pool.apply(double, (21,)))
    pool.close()
    pool.join()
