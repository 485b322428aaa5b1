# a task waits for a lock that it holds itself; workers are spawned
import threading

from joblib import Parallel, delayed


def work(n):
    lock = threading.Lock()
    with lock, lock:
        return n


Parallel(n_jobs=2, backend="loky")(delayed(work)(n) for n in range(4))
