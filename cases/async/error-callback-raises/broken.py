# A pool hands each error to the user's error callback, and that one raises.
import multiprocessing as mp
import sys


def half(n):
    if n % 2:
        raise ValueError("%d is odd" % n)
    return n // 2


def on_result(result):
    print("observed: result %d" % result)


def on_error(error):
    print("observed: failed: " + error)


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: result 1")
    print("expected: failed: 3 is odd")
    print("expected: result 2")
    pool = mp.Pool(1)
    for n in (2, 3, 4):
        pool.apply_async(half, (n,), callback=on_result, error_callback=on_error)
    pool.close()
    pool.join()
