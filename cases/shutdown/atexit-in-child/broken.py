# A worker has something left to send when it ends, and registers that with atexit.
import atexit
import multiprocessing as mp
import sys


def send():
    print("observed: the rest was sent")
    sys.stdout.flush()


def work():
    atexit.register(send)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: the rest was sent")
    worker = mp.Process(target=work)
    worker.start()
    worker.join()
