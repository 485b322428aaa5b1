# A coroutine waits until two tasks of an executor are done; the second fails.
import asyncio
import concurrent.futures
import multiprocessing as mp
import sys


def work(task):
    if task == 2:
        raise ValueError("no room for task 2")
    print("observed: task %d is done" % task)


async def main():
    loop = asyncio.get_event_loop()
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        jobs = [loop.run_in_executor(pool, work, task) for task in (1, 2)]
        done, _ = await asyncio.wait(jobs)
        for job in done:
            if job.exception():
                print("observed: failed: %s" % job.exception())


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: task 1 is done")
    print("expected: failed: no room for task 2")
    asyncio.new_event_loop().run_until_complete(main())
