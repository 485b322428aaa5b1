# A worker is started while a thread of the parent writes to the log.
import multiprocessing as mp
import sys
import threading

log_lock = threading.Lock()


def work():
    with log_lock:
        print("observed: the worker wrote its line")


def write_to_log(writing, written):
    with log_lock:
        writing.set()
        written.wait()


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: the worker wrote its line")
    writing, written = threading.Event(), threading.Event()
    logger = threading.Thread(target=write_to_log, args=(writing, written))
    worker = mp.Process(target=work)
    logger.start()
    writing.wait()
    worker.start()
    written.set()  # in the parent the lock is free again from here
    logger.join()
    worker.join()
