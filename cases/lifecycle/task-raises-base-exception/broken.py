# A pool runs tasks that use asyncio; one waits for a job that is cancelled.
import asyncio
import multiprocessing
import sys


async def download(number):
    job = asyncio.ensure_future(asyncio.sleep(0))
    if number == 2:
        job.cancel()
    await job


def task(number):
    asyncio.new_event_loop().run_until_complete(download(number))


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    print("expected: an error, because download 2 was cancelled")
    with multiprocessing.Pool(2) as pool:
        try:
            pool.map(task, [1, 2, 3])
            print("observed: three downloads")
        except Exception:
            print("observed: an error, because download 2 was cancelled")
