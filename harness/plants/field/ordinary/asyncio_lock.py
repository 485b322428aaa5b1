# a call that blocks, in a coroutine
import asyncio
import threading


async def main():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


asyncio.run(main())
