# A pool's worker is killed while it has nothing to do.
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def wait_until_idle(tasks):
    while not tasks._rlock._semlock._is_zero():
        time.sleep(0.01)


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print("expected: 3")
    pool = ProcessPoolExecutor(1)
    pool.submit(len, "warm up").result()
    wait_until_idle(pool._call_queue)  # the worker waits for its next task
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
    try:
        result = pool.submit(len, "abc").result()
    except BrokenProcessPool:
        pool = ProcessPoolExecutor(1)
        result = pool.submit(len, "abc").result()
    print("observed: %d" % result)
