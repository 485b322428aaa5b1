# The tasks of a pool share a lock.
import multiprocessing as mp
import sys


def work(task):
    number, lock = task
    with lock:
        return number + 1


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: [1, 2, 3]")
    sys.stdout.flush()
    lock = mp.Lock()
    pool = mp.Pool(2)
    print("observed: %s" % pool.map(work, [(number, lock) for number in range(3)]))
    pool.close()
    pool.join()
