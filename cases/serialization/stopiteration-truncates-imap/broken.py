# A task looks for something with next() and does not find it.
import multiprocessing as mp
import sys

PRICES = [("pear", 2), ("plum", 3)]


def price(name):
    return next(price for known, price in PRICES if known == name)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: 2")
    print("expected: None")
    print("expected: 3")
    pool = mp.Pool(1)
    for cost in pool.imap(price, ["pear", "apple", "plum"]):
        print("observed: %s" % cost)
    pool.close()
    pool.join()
