# A worker that logs is started while a thread of the parent is logging.
import logging
import multiprocessing as mp
import sys
import threading

writing, written = threading.Event(), threading.Event()


class Handler(logging.Handler):
    def emit(self, record):  # is called with the handler's lock held
        print(record.getMessage())
        if threading.current_thread().name == "logger":
            writing.set()
            written.wait()


logging.getLogger().addHandler(Handler())


def work():
    for handler in logging.getLogger().handlers:
        handler.createLock()
    logging.error("observed: the worker logged")


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: the worker logged")
    logger = threading.Thread(target=logging.error, args=("",), name="logger")
    logger.start()
    writing.wait()
    worker = mp.Process(target=work)
    worker.start()
    written.set()  # in the parent the lock is free again from here
    logger.join()
    worker.join()
