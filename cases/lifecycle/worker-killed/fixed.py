# A worker is killed in the middle of its task.
import multiprocessing
import os
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def task(name):
    if name == "b":
        os.kill(os.getpid(), signal.SIGKILL)  # as the out-of-memory killer does
    return name


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print("expected: the result of task a")
    print("expected: a worker was killed")
    with ProcessPoolExecutor(2) as pool:
        for name in "ab":
            try:
                result = pool.submit(task, name).result()
                print("observed: the result of task " + result)
            except BrokenProcessPool:
                print("observed: a worker was killed")
