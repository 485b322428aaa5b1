# Two workers read a record each from a file that was opened before they were started.
import multiprocessing as mp
import os
import sys
import tempfile

SIZE = 8
records = tempfile.TemporaryFile("w+b", 0)
records.write(b"record 0record 1")


def read(number, my_turn, your_turn):
    my_turn.acquire()
    your_turn.release()
    my_turn.acquire()
    record = os.pread(records.fileno(), SIZE, number * SIZE)
    your_turn.release()
    print("observed: worker %d read %s" % (number, record.decode()))


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    turns = mp.Semaphore(1), mp.Semaphore(0)
    first = mp.Process(target=read, args=(0, turns[0], turns[1]))
    second = mp.Process(target=read, args=(1, turns[1], turns[0]))
    print("expected: worker 0 read record 0")
    print("expected: worker 1 read record 1")
    for worker in first, second:
        worker.start()
    for worker in first, second:
        worker.join()
