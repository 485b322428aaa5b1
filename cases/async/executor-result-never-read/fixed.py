# Three tasks are submitted to an executor, and nobody asks how they ended.
import concurrent.futures
import multiprocessing as mp
import sys


def save(row):
    if row == 2:
        raise ValueError("no disk for row 2")
    print("observed: saved row %d" % row)


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: saved row 1")
    print("expected: failed: no disk for row 2")
    print("expected: saved row 3")
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        jobs = [pool.submit(save, row) for row in (1, 2, 3)]
        for job in concurrent.futures.as_completed(jobs):
            if job.exception():
                print("observed: failed: %s" % job.exception())
