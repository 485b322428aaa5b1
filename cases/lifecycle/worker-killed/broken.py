# A worker is killed in the middle of its task.
import multiprocessing
import os
import signal
import sys


def task(name):
    if name == "b":
        os.kill(os.getpid(), signal.SIGKILL)  # as the out-of-memory killer does
    return name


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print("expected: the result of task a")
    print("expected: a worker was killed")
    with multiprocessing.Pool(2) as pool:
        for name in "ab":
            try:
                result = pool.apply_async(task, (name,)).get()
                print("observed: the result of task " + result)
            except Exception:
                print("observed: a worker was killed")
