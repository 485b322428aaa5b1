# A worker that logs is started while a thread of the parent writes a line to the log file.
import io
import logging
import multiprocessing as mp
import sys
import threading

writing, written = threading.Event(), threading.Event()


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


log = io.TextIOWrapper(io.BufferedWriter(SlowDisk()), encoding="utf-8")
logging.getLogger().addHandler(logging.StreamHandler(log))


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: the worker logged")
    logger = threading.Thread(target=logging.error, args=("a",), name="logger")
    worker = mp.Process(target=logging.error, args=("b",))
    logger.start()
    writing.wait()
    worker.start()
    written.set()  # in the parent the lock is free again from here
    logger.join()
    worker.join()
