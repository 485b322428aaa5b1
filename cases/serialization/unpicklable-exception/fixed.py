# A task raises an exception that holds something that cannot be pickled.
import multiprocessing as mp
import sys
import threading


class Failed(Exception):
    def __init__(self, reason, lock=None):
        super(Failed, self).__init__(reason)
        self.reason, self.lock = reason, lock

    def __reduce__(self):
        return Failed, (self.reason,)


def save(size):
    raise Failed("disk full", threading.Lock())


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: Failed, disk full")
    pool = mp.Pool(1)
    try:
        pool.apply(save, (1,))
    except Exception as error:
        reason = "disk full" if "disk full" in str(error) else "reason unknown"
        print("observed: %s, %s" % (type(error).__name__, reason))
    pool.close()
    pool.join()
