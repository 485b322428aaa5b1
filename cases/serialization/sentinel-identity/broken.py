# A task's argument may be missing, which a sentinel object says.
import multiprocessing as mp
import sys

MISSING = object()


def describe(value):
    return "missing" if value is MISSING else "given"


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    pool = mp.Pool(2)
    print("expected: %s" % [describe(value) for value in [None, MISSING]])
    print("observed: %s" % pool.map(describe, [None, MISSING]))
    pool.close()
    pool.join()
