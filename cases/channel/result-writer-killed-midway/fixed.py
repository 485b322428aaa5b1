# A worker is killed in the middle of sending its large result.
import multiprocessing
import os
import signal
import sys


def large():
    return "x" * (1 << 20)  # a pipe holds 64 KiB


def small():
    return "the small result"


def work(writer, task):
    writer.send(task())


def start(task):
    reader, writer = multiprocessing.Pipe(False)
    worker = multiprocessing.Process(target=work, args=(writer, task))
    worker.start()
    writer.close()  # only the worker has it
    return worker, reader


if __name__ == "__main__":
    if hasattr(multiprocessing, "set_start_method"):
        multiprocessing.set_start_method(sys.argv[1])
    print("expected: the large result is lost")
    print("expected: the small result")
    worker, result = start(large)
    result.poll(None)  # until it has begun to come in
    os.kill(worker.pid, signal.SIGKILL)
    print("observed: " + start(small)[1].recv())
    try:
        result.recv()
    except (EOFError, IOError):
        print("observed: the large result is lost")
