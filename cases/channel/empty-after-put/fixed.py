# A worker says that its results are on the queue; the parent reads until the queue is empty.
import multiprocessing as mp
import sys
import time


class Report(object):
    def __reduce__(self):
        time.sleep(0.9)  # much to pickle
        return str, ("the report",)


def work(results, done):
    results.put(Report())
    results.put(None)  # the end
    done.set()


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    results, done = mp.Queue(), mp.Event()
    worker = mp.Process(target=work, args=(results, done))
    worker.start()
    done.wait()
    print("expected: the report")
    for result in iter(results.get, None):
        print("observed: " + result)
    worker.join()
