# OpenHands/benchmarks#459: a lock held at the fork; here beside a thread that
# looks around every ten seconds
import multiprocessing
import threading

lock = threading.Lock()
taken = threading.Event()
stop = threading.Event()


def hold():
    with lock:
        taken.set()
        threading.Event().wait()


def monitor():
    while not stop.wait(10):
        pass


def work(n):
    with lock:
        return n


if __name__ == "__main__":
    for body in (hold, monitor):
        threading.Thread(target=body, daemon=True).start()
    taken.wait()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(work, range(4))
