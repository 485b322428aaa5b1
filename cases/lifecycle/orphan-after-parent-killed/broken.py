# A parent is killed while its worker is busy.
import multiprocessing
import os
import signal
import sys
import time


def work(parents_end, end):
    end.send("at work")
    time.sleep(3600)  # a task that takes hours


if __name__ == "__main__":
    if hasattr(multiprocessing, "set_start_method"):
        multiprocessing.set_start_method(sys.argv[1])
    ends = multiprocessing.Pipe()
    worker = multiprocessing.Process(target=work, args=ends)
    worker.daemon = True
    worker.start()
    ends[1].close()
    ends[0].recv()
    os.kill(os.getpid(), signal.SIGKILL)  # as the OOM killer, or kill -9, does
