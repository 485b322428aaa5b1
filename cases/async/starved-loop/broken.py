# A coroutine waits for a worker, beside a heartbeat on the same event loop.
import asyncio
import concurrent.futures
import multiprocessing as mp
import sys
import time

beats = 0


async def heartbeat():
    global beats
    while True:
        beats += 1
        await asyncio.sleep(0.001)


async def main():
    beating = asyncio.ensure_future(heartbeat())
    await asyncio.sleep(0)
    before = beats
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        pool.submit(time.sleep, 0.2).result()
    print("observed: %sheartbeat during the task" % ("" if beats > before else "no "))
    beating.cancel()


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: heartbeat during the task")
    asyncio.new_event_loop().run_until_complete(main())
