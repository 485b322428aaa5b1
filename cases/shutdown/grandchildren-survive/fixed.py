# A worker that runs a helper process is terminated.
import multiprocessing
import os
import signal
import subprocess
import sys


def work(ready):
    os.setpgid(0, 0)  # it and all that it starts
    # A compiler, a shell command, a pool of its own.
    helper = subprocess.Popen(["sleep", "1000"])
    ready.send("at work")
    helper.wait()


if __name__ == "__main__":
    if hasattr(multiprocessing, "set_start_method"):
        multiprocessing.set_start_method(sys.argv[1])
    print("expected: worker terminated")
    at_work, ready = multiprocessing.Pipe(False)
    worker = multiprocessing.Process(target=work, args=(ready,))
    worker.start()
    at_work.recv()
    os.killpg(worker.pid, signal.SIGTERM)
    worker.join()
    if worker.exitcode:
        print("observed: worker terminated")
