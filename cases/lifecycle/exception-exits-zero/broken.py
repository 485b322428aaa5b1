# A worker fails with an exception, and the parent waits for its end.
import multiprocessing
import sys


def work():
    for page in ["1", "two", "3"]:
        print("observed: page %d" % int(page))


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    for page in [1, 2, 3]:
        print("expected: page %d" % page)
    worker = multiprocessing.Process(target=work)
    worker.start()
    worker.join()
