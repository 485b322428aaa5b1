# A worker is killed in the middle of sending its large result.
import multiprocessing
import os
import signal
import sys
import threading
import time


def large():
    return "x" * (1 << 20)  # a pipe holds 64 KiB


def small():
    return "the small result"


if __name__ == "__main__":
    if hasattr(multiprocessing, "set_start_method"):
        multiprocessing.set_start_method(sys.argv[1])
    print("expected: the large result is lost")
    print("expected: the small result")
    pool = multiprocessing.Pool(1)
    called, go_on = threading.Event(), threading.Event()
    pool.apply_async(small, callback=lambda result: called.set() or go_on.wait())
    called.wait()  # while a callback runs, nobody reads results
    result = pool.apply_async(large)
    while not pool._outqueue._reader.poll():  # until it has begun to come in
        time.sleep(0.01)
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
    go_on.set()
    print("observed: " + pool.apply_async(small).get())
    try:
        result.get()
    except Exception:
        print("observed: the large result is lost")
