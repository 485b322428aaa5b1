# Two workers, one after the other, take a lock; the first is killed while it
# has it, as by the OOM killer.
import contextlib
import fcntl
import multiprocessing
import os
import signal
import sys


@contextlib.contextmanager
def locked_file(path):
    with open(path, "a") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield


def work(number, lock, locked):
    with locked_file(lock):
        if number == 1:
            locked.send("now I have it")
            signal.pause()
        print("observed: worker 2 had the lock")


if __name__ == "__main__":
    if hasattr(multiprocessing, "set_start_method"):
        multiprocessing.set_start_method(sys.argv[1])
    print("expected: worker 2 had the lock")
    lock = "lock"
    has_lock, locked = multiprocessing.Pipe(False)
    for number in [1, 2]:
        args = (number, lock, locked)
        worker = multiprocessing.Process(target=work, args=args)
        worker.start()
        if number == 1:
            has_lock.recv()
            os.kill(worker.pid, signal.SIGKILL)
        worker.join()
    os.remove(lock)
