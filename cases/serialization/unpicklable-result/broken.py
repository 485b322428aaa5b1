# A task returns a generator.
import multiprocessing as mp
import sys


def squares(count):
    return (number * number for number in range(count))


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: 14")
    pool = mp.Pool(1)
    print("observed: %d" % sum(pool.apply(squares, (4,))))
    pool.close()
    pool.join()
