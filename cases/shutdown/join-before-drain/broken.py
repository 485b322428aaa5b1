# A worker puts a result on a queue that does not fit into the queue's pipe.
import multiprocessing as mp
import sys


def work(results):
    results.put("x" * 4194304)  # a pipe holds 64 KiB


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: 4194304 characters")
    sys.stdout.flush()
    results = mp.Queue()
    worker = mp.Process(target=work, args=(results,))
    worker.start()
    worker.join()
    result = results.get()
    print("observed: %d characters" % len(result))
