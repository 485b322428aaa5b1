# A worker has something left to send when it ends, and registers that with atexit.
import multiprocessing as mp
import multiprocessing.util
import sys


def send():
    print("observed: the rest was sent")
    sys.stdout.flush()


def work():
    multiprocessing.util.Finalize(None, send, exitpriority=0)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: the rest was sent")
    worker = mp.Process(target=work)
    worker.start()
    worker.join()
