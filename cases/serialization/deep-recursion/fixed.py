# A task returns a long linked list that is made of pairs.
import multiprocessing as mp
import sys


def linked(values):
    chain = None
    for value in reversed(values):
        chain = (value, chain)
    return chain


def unlinked(chain):
    values = []
    while chain:
        values.append(chain[0])
        chain = chain[1]
    return values


def work(length):
    return unlinked(linked([1] * length))


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: 100000")
    pool = mp.Pool(1)
    chain = linked(pool.apply(work, (100000,)))
    print("observed: %d" % sum(unlinked(chain)))
    pool.close()
    pool.join()
