# A worker crashes in the middle of its work, and the parent waits for its end.
import ctypes
import multiprocessing
import sys


def work():
    for page in [1, 2, 3]:
        if page == 2:
            ctypes.string_at(0)  # a null pointer, as in a faulty extension module
        print("observed: page %d" % page)
        sys.stdout.flush()


if __name__ == "__main__":
    if hasattr(multiprocessing, "set_start_method"):
        multiprocessing.set_start_method(sys.argv[1])
    for page in [1, 2, 3]:
        print("expected: page %d" % page)
    worker = multiprocessing.Process(target=work)
    worker.start()
    worker.join()
    if worker.exitcode != 0:
        sys.exit("the worker ended with %d" % worker.exitcode)
