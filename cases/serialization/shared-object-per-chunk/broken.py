# A task changes its argument; the same object is the argument of all tasks.
import multiprocessing as mp
import sys


def add_gift(order):
    order.append("gift")
    return len(order)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    for workers in (1, 2):
        print("expected: workers %d: %s" % (workers, [2] * 8))
        pool = mp.Pool(workers)
        print("observed: workers %d: %s" % (workers, pool.map(add_gift, [["book"]] * 8)))
        pool.close()
        pool.join()
