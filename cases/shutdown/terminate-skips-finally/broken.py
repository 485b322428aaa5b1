# The parent terminates a worker that has something to put in order when it ends.
import multiprocessing as mp
import signal
import sys
import time


def work(connection):
    try:
        connection.send("started")
        time.sleep(60)
    finally:
        print("observed: the worker cleaned up")


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: the worker cleaned up")
    here, there = mp.Pipe()
    worker = mp.Process(target=work, args=(there,))
    worker.start()
    here.recv()
    worker.terminate()
    worker.join()
