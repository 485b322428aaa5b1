# The results of a pool's imap are read one by one, past the one that failed.
import multiprocessing as mp
import sys


def invert(n):
    return 6 // n


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    for line in ("6", "division failed", "-6", "3", "2"):
        print("expected: " + line)
    pool = mp.Pool(1)
    results = pool.imap(invert, (1, 0, -1, 2, 3))
    while True:
        try:
            print("observed: %d" % next(results))
        except ZeroDivisionError:
            print("observed: division failed")
        except StopIteration:
            break
    pool.close()
    pool.join()
