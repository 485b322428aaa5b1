# A worker puts its result on a queue and leaves by os._exit.
import multiprocessing as mp
import os
import sys
import time


class Report(object):
    def __reduce__(self):
        time.sleep(0.5)  # much to pickle
        return str, ("the report",)


def work(results):
    results.put(Report())
    os._exit(0)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    results = mp.Queue()
    worker = mp.Process(target=work, args=(results,))
    worker.start()
    worker.join()
    print("expected: the report")
    while not results.empty():  # the worker is gone: nothing can come any more
        print("observed: " + results.get())
