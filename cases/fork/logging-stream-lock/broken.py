# A worker that logs is started while a thread of the parent writes a line to the log file.
import io
import logging
import multiprocessing as mp
import sys
import threading

writing, written, ended = [threading.Event() for _ in range(3)]


class SlowDisk(io.RawIOBase):
    def writable(self):
        return True

    def write(self, line):  # is called with the lock of the buffer held
        if threading.current_thread().name == "logger":
            writing.set()
            written.wait()
        else:
            print("observed: the worker logged")
        return len(line)


def log_a_line():
    logging.error("a")
    ended.wait()  # it lives as long as the worker


log = io.TextIOWrapper(io.BufferedWriter(SlowDisk()), encoding="utf-8")
logging.getLogger().addHandler(logging.StreamHandler(log))


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: the worker logged")
    logger = threading.Thread(target=log_a_line, name="logger")
    worker = mp.Process(target=logging.error, args=("b",))
    logger.start()
    writing.wait()
    worker.start()
    written.set()  # in the parent the lock is free again from here
    worker.join()
    ended.set()
    logger.join()
