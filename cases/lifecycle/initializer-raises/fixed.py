# Each worker of a pool opens the database when it starts; the database is down.
import multiprocessing as mp
import sys


def open_database():
    raise EnvironmentError("the database is down")


def try_to_start():
    global failure
    try:
        failure = open_database()
    except Exception as error:
        failure = error


def work(n):
    if failure:
        raise failure
    return n * n


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: the database is down")
    pool = mp.Pool(1, try_to_start)
    try:
        print("observed: %s" % pool.apply(work, (2,)))
    except EnvironmentError as error:
        print("observed: %s" % error)
    pool.close()
    pool.join()
