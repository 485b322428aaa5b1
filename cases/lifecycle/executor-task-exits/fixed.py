# An executor runs the main function of a script, which ends with sys.exit(0).
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor


def main(name):
    if name == "empty":
        sys.exit(0)  # nothing to do
    return name


def task(name):
    try:
        return main(name)
    except SystemExit as end:
        if end.code:  # 0 and None say that all is well
            raise RuntimeError("main ended with %r" % end.code)


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print("expected: ['a', None, 'c']")
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(task, ["a", "empty", "c"]))
    print("observed: %s" % results)
