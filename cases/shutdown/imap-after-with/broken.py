# The results of a pool are read one by one, as they come, after its with block.
import multiprocessing as mp
import sys
import time


def square(n):
    time.sleep(0.1)  # the work
    return n * n


def squares(numbers):
    with mp.Pool(2) as pool:
        return pool.imap(square, numbers)


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    for n in range(10):
        print("expected: %d" % (n * n))
    for result in squares(range(10)):
        print("observed: %d" % result)
