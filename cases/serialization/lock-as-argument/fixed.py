# The tasks of a pool share a lock.
import multiprocessing as mp
import sys


def share(the_lock):
    global lock
    lock = the_lock


def work(number):
    with lock:
        return number + 1


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: [1, 2, 3]")
    sys.stdout.flush()
    lock = mp.Lock()
    pool = mp.Pool(2, share, (lock,))
    print("observed: %s" % pool.map(work, range(3)))
    pool.close()
    pool.join()
