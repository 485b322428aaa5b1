# A program that ends in an orderly way on SIGTERM terminates a pool while a task is running.
import multiprocessing as mp
import signal
import sys
import time


def stop(number, frame):
    print("told to stop")


def prepare(event):
    global started
    started = event
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def work():
    started.set()
    time.sleep(0.5)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    signal.signal(signal.SIGTERM, stop)
    print("expected: the pool has ended")
    event = mp.Event()
    pool = mp.Pool(1, prepare, (event,))
    pool.apply_async(work)
    event.wait()
    pool.terminate()
    pool.join()
    print("observed: the pool has ended")
