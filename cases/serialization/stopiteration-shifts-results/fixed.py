# A task looks for something with next() and does not find it; its result is the last to arrive.
import multiprocessing as mp
import sys

PRICES = [("pear", 2), ("plum", 3)]


def set_gate(event):
    global gate
    gate = event


def price(name):
    if name == "apple":
        gate.wait()
    return next((price for known, price in PRICES if known == name), None)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: apple costs None")
    print("expected: pear costs 2")
    event = mp.Event()
    pool = mp.Pool(2, set_gate, (event,))
    names = ["apple", "pear"]
    prices = pool.map_async(price, names, 1)
    pool.apply(len, ("",))  # done by the worker that had the pear
    event.set()
    for name, cost in zip(names, prices.get()):
        print("observed: %s costs %s" % (name, cost))
    pool.close()
    pool.join()
