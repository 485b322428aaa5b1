# The parent hands out every task before it reads the first result.
import multiprocessing as mp
import sys
import threading

TASKS = 4096
TASK = b"x" * 1024  # 4 MiB in all


def work(parent):
    for _ in range(TASKS):
        parent.send_bytes(parent.recv_bytes())  # a result of the same size


def hand_out(worker):
    for _ in range(TASKS):
        worker.send_bytes(TASK)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: %d results" % TASKS)
    sys.stdout.flush()
    ours, theirs = mp.Pipe()
    worker = mp.Process(target=work, args=(theirs,))
    worker.start()
    theirs.close()
    threading.Thread(target=hand_out, args=(ours,)).start()
    results = [ours.recv_bytes() for _ in range(TASKS)]
    print("observed: %d results" % len(results))
    worker.join()
