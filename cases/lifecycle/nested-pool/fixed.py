# A task of a pool has so much to do that it uses a pool itself.
import multiprocessing as mp
import sys
from concurrent.futures import ProcessPoolExecutor


def square(x):
    return x * x


def sum_of_squares(n):
    with mp.Pool(1) as pool:
        return sum(pool.map(square, range(n)))


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: 14")
    with ProcessPoolExecutor(1) as pool:
        print("observed: %d" % sum(pool.map(sum_of_squares, [4])))
