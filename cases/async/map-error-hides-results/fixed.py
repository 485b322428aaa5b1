# The results of an executor's map are read one by one, past the one that failed.
import concurrent.futures
import multiprocessing as mp
import sys


def half(n):
    if n % 2:
        raise ValueError("%d is odd" % n)
    return n // 2


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: 1")
    print("expected: 3 is odd")
    print("expected: 2")
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        for job in [pool.submit(half, n) for n in (2, 3, 4)]:
            try:
                print("observed: %d" % job.result())
            except ValueError as error:
                print("observed: %s" % error)
