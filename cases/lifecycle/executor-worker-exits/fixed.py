# One of three tasks ends its worker while the others wait for their turn.
import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def task(name, submitted):
    if name == "bad":
        open(submitted).close()
        os._exit(1)
    return name + " is done"


def alone(name, submitted):
    with ProcessPoolExecutor(1) as pool:
        try:
            return pool.submit(task, name, submitted).result()
        except BrokenProcessPool:
            return name + " has failed"


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    for line in ["good 1 is done", "bad has failed", "good 2 is done"]:
        print("expected: " + line)
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(1) as pool:
        submitted = os.path.join(folder, "submitted")
        os.mkfifo(submitted)
        names = ["bad", "good 1", "good 2"]
        futures = [pool.submit(task, name, submitted) for name in names]
        with open(submitted, "w"):  # only now the bad one goes on
            for name, future in zip(names, futures):
                try:
                    print("observed: " + future.result())
                except BrokenProcessPool:
                    print("observed: " + alone(name, submitted))
