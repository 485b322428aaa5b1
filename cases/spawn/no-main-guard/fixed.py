# A program that doubles three numbers in a pool of two workers.
import multiprocessing as mp
import sys


def double(n):
    return 2 * n


if __name__ == "__main__":
    pool = mp.get_context(sys.argv[1]).Pool(2)
    for result in pool.imap(double, [1, 2, 3]):
        print("observed: %d" % result)
    for result in [2, 4, 6]:
        print("expected: %d" % result)
    pool.close()
    pool.join()
