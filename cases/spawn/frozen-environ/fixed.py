# Two pools, and before the second one the program sets a variable of the environment for its workers.
import multiprocessing as mp
import os
import sys


def set_environ(variables):
    os.environ.update(variables)


def threads():
    return os.environ.get("OMP_NUM_THREADS")


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    with mp.Pool(1) as loaders:
        loaders.apply(threads)
        os.environ["OMP_NUM_THREADS"] = "1"
        with mp.Pool(1, set_environ, [dict(os.environ)]) as solvers:
            print("expected: OMP_NUM_THREADS=1")
            print("observed: OMP_NUM_THREADS=%s" % solvers.apply(threads))
