# One of three pictures crashes the worker that decodes it.
import ctypes
import multiprocessing
import sys


def decode(picture):
    if picture == "bad.png":
        ctypes.string_at(0)  # a null pointer, as in a faulty extension module
    return picture + " is decoded"


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print("expected: good.png is decoded")
    print("expected: bad.png crashed the decoder")
    print("expected: last.png is decoded")
    with multiprocessing.Pool(1) as pool:
        for picture in ["good.png", "bad.png", "last.png"]:
            try:
                print("observed: " + pool.apply(decode, (picture,)))
            except Exception:
                print("observed: %s crashed the decoder" % picture)
