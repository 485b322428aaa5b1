# One of three pictures crashes the worker that decodes it.
import ctypes
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def decode(picture):
    if picture == "bad.png":
        ctypes.string_at(0)  # a null pointer, as in a faulty extension module
    return picture + " is decoded"


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print("expected: good.png is decoded")
    print("expected: bad.png crashed the decoder")
    print("expected: last.png is decoded")
    for picture in ["good.png", "bad.png", "last.png"]:
        with ProcessPoolExecutor(1) as pool:
            try:
                print("observed: " + pool.submit(decode, picture).result())
            except BrokenProcessPool:
                print("observed: %s crashed the decoder" % picture)
