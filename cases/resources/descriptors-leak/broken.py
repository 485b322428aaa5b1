# Three workers run one after the other, and what is known of them is kept in a list.
import multiprocessing as mp
import os
import sys


def work():
    pass


def run():
    worker = mp.Process(target=work)
    worker.start()
    worker.join()
    return worker


def open_descriptors():
    return len(os.listdir("/proc/self/fd"))


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    run()  # the first one starts what all share
    before = open_descriptors()
    finished = [run() for _ in range(3)]
    print("expected: no more descriptors open than before")
    more = open_descriptors() > before
    print("observed: %s descriptors open than before" % ("more" if more else "no more"))
