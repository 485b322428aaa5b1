# A worker looks the keys of its tasks up in a table; a key computes its hash once and keeps it.
import multiprocessing as mp
import sys


class Key(object):
    def __init__(self, name):
        self.name = name
        self.hash = hash(name)

    def __hash__(self):
        return self.hash

    def __eq__(self, other):
        return self.name == other.name

    def __reduce__(self):
        return Key, (self.name,)


prices = {Key("apple"): 30, Key("pear"): 40}


def price(key):
    return prices.get(key)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    pool = mp.Pool(1)
    print("expected: an apple costs 30")
    print("observed: an apple costs %s" % pool.apply(price, (Key("apple"),)))
    pool.close()
    pool.join()
