# A worker is killed in the middle of sending its result.
import multiprocessing
import os
import signal
import sys


def work(writer):
    writer.send("x" * (1 << 20))  # a pipe holds 64 KiB


if __name__ == "__main__":
    if hasattr(multiprocessing, "set_start_method"):
        multiprocessing.set_start_method(sys.argv[1])
    print("expected: the result is cut off")
    reader, writer = multiprocessing.Pipe(False)
    worker = multiprocessing.Process(target=work, args=(writer,))
    worker.start()
    reader.poll(None)  # the result has begun to come in
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    try:
        print("observed: %d bytes" % len(reader.recv()))
    except (EOFError, IOError):
        print("observed: the result is cut off")
