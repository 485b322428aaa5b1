# A pool hands each result to the user's callback, and one call of it raises.
import multiprocessing as mp
import sys


def square(n):
    return n * n


def store(result):
    if result == 4:
        raise RuntimeError("no room for 4")
    print("observed: result %d" % result)


def on_result(result):
    try:
        store(result)
    except RuntimeError as error:
        print("observed: callback failed: %s" % error)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: result 1")
    print("expected: callback failed: no room for 4")
    print("expected: result 9")
    pool = mp.Pool(1)
    for n in (1, 2, 3):
        pool.apply_async(square, (n,), callback=on_result)
    pool.close()
    pool.join()
