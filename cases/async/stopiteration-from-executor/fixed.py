# A coroutine awaits a task of an executor, which takes the first match of none.
import asyncio
import concurrent.futures
import multiprocessing as mp
import sys


def first_even(numbers):
    return next((n for n in numbers if n % 2 == 0), None)


async def main():
    loop = asyncio.get_event_loop()
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        try:
            found = await loop.run_in_executor(pool, first_even, [1, 3])
            print("observed: %s" % found)
        except Exception as error:
            print("observed: %s" % type(error).__name__)


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: None")
    asyncio.new_event_loop().run_until_complete(main())
