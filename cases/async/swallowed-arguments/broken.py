# Two files are uploaded by the worker of a pool, which gets their names.
import multiprocessing as mp
import sys


def upload(name):
    print("observed: uploaded " + name)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: uploaded a")
    print("expected: uploaded b1")
    pool = mp.Pool(1)
    jobs = [pool.apply_async(upload, ("a")), pool.apply_async(upload, ("b1"))]
    pool.close()
    pool.join()
