# A pool runs the main function of a script, which ends with sys.exit().
import multiprocessing
import sys


def main(name):
    if name == "":
        sys.exit("usage: convert NAME")
    return name


if __name__ == "__main__":
    if hasattr(multiprocessing, "set_start_method"):
        multiprocessing.set_start_method(sys.argv[1])
    print("expected: an error, because one name is empty")
    pool = multiprocessing.Pool(2)
    try:
        print("observed: %s" % pool.map(main, ["a", "", "c"]))
    except Exception:
        print("observed: an error, because one name is empty")
    pool.close()
    pool.join()
