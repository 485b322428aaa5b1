# Pool starts a new worker, but nobody does again what the dead one had begun.
import multiprocessing, os

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(os._exit, [3]))
