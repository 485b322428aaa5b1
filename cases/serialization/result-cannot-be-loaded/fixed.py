# A task returns an object that looks up in another one whatever it does not have itself.
import multiprocessing as mp
import sys


class Cached(object):
    def __init__(self, value):
        self.value = value

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.value, name)


def load(text):
    return Cached(text)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: HELLO")
    pool = mp.Pool(1)
    result = pool.apply(load, ("hello",))
    print("observed: %s" % result.upper())
    pool.close()
    pool.join()
