# A pool's tasks deliver their results to a callback; one of them fails.
import multiprocessing as mp
import sys


def half(n):
    if n % 2:
        raise ValueError("%d is odd" % n)
    return n // 2


def on_result(result):
    print("observed: result %d" % result)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: result 1")
    print("expected: failed: 3 is odd")
    print("expected: result 2")
    pool = mp.Pool(1)
    jobs = []
    for n in (2, 3, 4):
        jobs.append(pool.apply_async(half, (n,), callback=on_result))
    for job in jobs:
        try:
            job.get()
        except ValueError as error:
            print("observed: failed: %s" % error)
    pool.close()
    pool.join()
