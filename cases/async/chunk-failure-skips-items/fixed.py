# A pool is to delete five files; the first one is not there, which is no disaster.
import multiprocessing as mp
import sys


def start(array):
    global tried
    tried = array


def delete(n):
    tried[n] = 1
    if n == 0:
        raise OSError("there is no file 0")


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    tried = mp.Array("i", 5)
    pool = mp.Pool(1, start, (tried,))
    print("expected: there is no file 0")
    try:
        pool.map(delete, range(5), chunksize=1)
    except OSError as error:
        print("observed: %s" % error)
    pool.close()
    pool.join()
    for n in range(5):
        print("expected: tried to delete file %d" % n)
        if tried[n]:
            print("observed: tried to delete file %d" % n)
