# A parent is killed while its worker is busy.
import multiprocessing
import os
import signal
import sys
import threading
import time


# The parent never sends: the end of the pipe is the end of the parent.
def die_with_parent(end):
    end.poll(None)
    os._exit(1)


def work(parents_end, end):
    parents_end.close()  # a forked worker has a copy, and would wait for itself
    threading.Thread(target=die_with_parent, args=(end,)).start()
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
