# The only worker is busy with task 0; the four tasks that wait are cancelled.
import concurrent.futures
import multiprocessing as mp
import sys
import time


def start(*events):
    global busy, go_on, cancelled
    busy, go_on, cancelled = events


def task(n):
    if n == 0:
        busy.set()
        go_on.wait()
    elif cancelled.is_set():
        return "not run"
    return "task %d was run" % n


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    start(mp.Event(), mp.Event(), mp.Event())
    with concurrent.futures.ProcessPoolExecutor(1, None, start, (busy, go_on, cancelled)) as pool:
        jobs = [pool.submit(task, 0)]
        busy.wait()
        jobs += [pool.submit(task, n) for n in range(1, 5)]
        while not jobs[2].running():
            time.sleep(0.01)
        cancelled.set()
        for job in jobs:
            job.cancel()
        go_on.set()
    for job in jobs:
        print("expected: " + ("not run" if job != jobs[0] else "task 0 was run"))
        print("observed: " + ("not run" if job.cancelled() else job.result()))
