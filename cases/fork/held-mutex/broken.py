# A worker is started while a thread of the parent writes to the log.
import multiprocessing as mp
import sys
import threading

log_lock = threading.Lock()


def work():
    with log_lock:
        print("observed: the worker wrote its line")


def write_to_log(writing, written, ended):
    with log_lock:
        writing.set()
        written.wait()
    ended.wait()  # it lives as long as the worker


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: the worker wrote its line")
    writing, written, ended = [threading.Event() for _ in range(3)]
    logger = threading.Thread(
        target=write_to_log, args=(writing, written, ended)
    )
    worker = mp.Process(target=work)
    logger.start()
    writing.wait()
    worker.start()
    written.set()  # in the parent the lock is free again from here
    worker.join()
    ended.set()
    logger.join()
