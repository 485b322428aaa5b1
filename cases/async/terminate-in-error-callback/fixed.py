# The first task that fails is to stop the pool, while a large result arrives.
import multiprocessing as mp
import sys
import threading


def task(n):
    if n == 1:
        raise ValueError("task 1 failed")
    return b"x" * (1 << 20)  # a pipe holds 64 KiB


failed = threading.Event()


def on_error(error):
    print("observed: %s" % error)
    pool._outqueue._reader.poll(None)  # until the next result begins to arrive
    failed.set()


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: task 1 failed")
    print("expected: the pool has ended")
    pool = mp.Pool(1)
    pool.apply_async(task, (1,), error_callback=on_error)
    pool.apply_async(task, (2,))
    failed.wait()
    pool.terminate()
    pool.join()
    print("observed: the pool has ended")
