# A worker saves its result in a thread, as a program may: Python waits for threads at exit.
import multiprocessing as mp
import sys
import threading
import time


def save():
    time.sleep(0.5)
    print("observed: the result was saved")
    sys.stdout.flush()


def work():
    saver = threading.Thread(target=save)
    saver.start()


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: the result was saved")
    worker = mp.Process(target=work)
    worker.start()
    worker.join()
