# A coroutine gathers the answers of three tasks and goes on if one of them fails.
import asyncio
import concurrent.futures
import multiprocessing as mp
import sys


def price(item):
    if item == "pear":
        raise LookupError("no pear in stock")
    return "%s costs %d" % (item, len(item))


async def main():
    loop = asyncio.get_event_loop()
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        jobs = [loop.run_in_executor(pool, price, item) for item in ("fig", "pear", "plum")]
        for answer in await asyncio.gather(*jobs, return_exceptions=True):
            if isinstance(answer, BaseException):
                print("observed: failed: %s" % answer)
            else:
                print("observed: answer: %s" % answer)


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: answer: fig costs 3")
    print("expected: failed: no pear in stock")
    print("expected: answer: plum costs 4")
    asyncio.new_event_loop().run_until_complete(main())
