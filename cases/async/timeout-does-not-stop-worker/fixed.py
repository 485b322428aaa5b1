# A coroutine sends an order, and sends it again if that takes too long.
import asyncio
import concurrent.futures
import multiprocessing as mp
import sys
import time


def send(order):
    time.sleep(0.6)  # the network is slow
    print("observed: order %d was sent" % order)


async def main():
    loop = asyncio.get_event_loop()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        job = loop.run_in_executor(pool, send, 7)
        try:
            await asyncio.wait_for(asyncio.shield(job), 0.3)
        except asyncio.TimeoutError:
            await job


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: order 7 was sent")
    asyncio.new_event_loop().run_until_complete(main())
