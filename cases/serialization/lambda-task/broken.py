# A task that cannot be pickled is submitted in a with block; its first argument is slow to pickle.
import multiprocessing as mp
import sys
import time
from concurrent.futures import ProcessPoolExecutor


class Table:
    def __reduce__(self):
        time.sleep(0.3)  # as long as a large table takes
        return Table, ()


def first(table, key):
    return key(21)


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: 42")
    with ProcessPoolExecutor(1) as pool:
        future = pool.submit(first, Table(), lambda row: 2 * row)
    print("observed: %d" % future.result())
