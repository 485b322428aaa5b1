# The workers of an executor look for work from time to time.
import queue
from concurrent.futures import ThreadPoolExecutor

work = queue.Queue()


def look():
    try:
        return work.get(timeout=1)
    except queue.Empty:
        return None


with ThreadPoolExecutor(3) as pool:
    [pool.submit(look) for _ in range(3)]
