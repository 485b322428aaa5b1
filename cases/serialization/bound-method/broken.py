# A pool runs a method of an object that counts what it has seen.
import multiprocessing as mp
import sys


class Counter(object):
    total = 0

    def add(self, number):
        self.total += number


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: total 6")
    sys.stdout.flush()
    counter = Counter()
    pool = mp.Pool(2)
    pool.map(counter.add, [1, 2, 3])
    print("observed: total %d" % counter.total)
    pool.close()
    pool.join()
