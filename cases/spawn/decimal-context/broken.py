# The program sets the precision of decimal numbers; each worker of its pool divides once and is replaced.
import decimal
import multiprocessing as mp
import sys


def third(n):
    return decimal.Decimal(n) / 3


def configure():
    decimal.getcontext().prec = 4


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    configure()
    pool = mp.Pool(1, maxtasksperchild=1)
    results = [pool.apply(third, (n,)) for n in [1, 2]]
    pool.close()
    pool.join()
    for n in [1, 2]:  # not before: a worker forked later would have the buffer
        print("expected: %s" % third(n))
        print("observed: %s" % results[n - 1])
