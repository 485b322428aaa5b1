# The only worker waits for a task that only it could do.
from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor(1) as pool:
    print(pool.submit(lambda: pool.submit(abs, -1).result()).result())
