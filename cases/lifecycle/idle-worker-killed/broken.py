# A pool's worker is killed while it has nothing to do.
import multiprocessing
import os
import signal
import sys
import time


def wait_until_idle(tasks):
    while not tasks._rlock._semlock._is_zero():
        time.sleep(0.01)


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print("expected: 3")
    pool = multiprocessing.Pool(1)
    pool.apply_async(len, ("warm up",)).get()
    wait_until_idle(pool._inqueue)  # the worker waits for its next task
    os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
    result = pool.apply_async(len, ("abc",)).get()
    print("observed: %d" % result)
