# Ten tasks are given to a pool, which is left at the end of its with block.
import multiprocessing as mp
import sys
import time


def square(n):
    time.sleep(0.1)  # the work
    return n * n


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    results = []
    with mp.Pool(2) as pool:
        for n in range(10):
            pool.apply_async(square, (n,), callback=results.append)
    for n in range(10):
        print("expected: %d" % (n * n))
    for result in results:
        print("observed: %d" % result)
