# python/cpython#115634: no worker follows one that did all its tasks
from concurrent.futures import ProcessPoolExecutor


def work(n):
    return n


if __name__ == "__main__":
    with ProcessPoolExecutor(1, max_tasks_per_child=2) as pool:
        for future in [pool.submit(work, n) for n in range(10)]:
            future.result()
