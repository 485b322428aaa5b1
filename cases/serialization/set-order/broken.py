# A worker returns a price for each name of a set; the parent puts names and prices together again.
import multiprocessing as mp
import sys

PRICES = dict(("name %d" % number, number) for number in range(1000))


def look_up(names):
    return [PRICES[name] for name in names]


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    names = set(PRICES)
    pool = mp.Pool(1)
    prices = pool.apply(look_up, (names,))
    print("expected: each name has its own price")
    if dict(zip(names, prices)) == PRICES:
        print("observed: each name has its own price")
    else:
        print("observed: names have prices of others")
    pool.close()
    pool.join()
