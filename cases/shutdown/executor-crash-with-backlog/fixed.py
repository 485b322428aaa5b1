# A worker crashes while a large task waits for its turn.
import ctypes
import multiprocessing
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def crash(submitted):
    open(submitted).close()
    ctypes.string_at(0)


def work(path):
    with open(path, "rb") as file:
        return len(file.read())


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print("expected: a worker crashed")
    with tempfile.TemporaryDirectory() as folder:
        submitted = os.path.join(folder, "submitted")
        os.mkfifo(submitted)
        try:
            with ProcessPoolExecutor(1) as pool:
                first = pool.submit(crash, submitted)
                path = os.path.join(folder, "data")
                with open(path, "wb") as file:
                    file.write(bytes(1 << 20))
                large = pool.submit(work, path)
                while not large.running():  # until it is on its way
                    time.sleep(0.01)
                open(submitted, "w").close()
                first.result()
        except BrokenProcessPool:
            print("observed: a worker crashed")
