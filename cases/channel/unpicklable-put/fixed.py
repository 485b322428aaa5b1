# A worker puts its result on a queue, and a part of the result cannot be pickled.
import multiprocessing as mp
import pickle
import sys


def work(results):
    result = {"total": 42, "format": lambda total: "%d EUR" % total}
    try:
        pickled = pickle.dumps(result)  # here, not in the queue's feeder thread
    except Exception as error:
        pickled = pickle.dumps("%s: %s" % (type(error).__name__, error))
    results.put(pickled)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: an answer of the worker")
    sys.stdout.flush()
    results = mp.Queue()
    worker = mp.Process(target=work, args=(results,))
    worker.start()
    pickle.loads(results.get())
    print("observed: an answer of the worker")
    worker.join()
