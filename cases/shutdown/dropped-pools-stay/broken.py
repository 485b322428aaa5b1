# Three times a pool that has no name maps a function, and nobody closes it.
import multiprocessing as mp
import sys


def square(n):
    return n * n


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    for batch in range(3):
        mp.Pool(1).map(square, range(10))
    for worker in mp.active_children():
        worker.join(0.3)  # in case it is just about to end
    print("expected: 0 workers are left")
    print("observed: %d workers are left" % len(mp.active_children()))
