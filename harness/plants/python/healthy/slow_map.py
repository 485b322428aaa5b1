# Pool's workers have one long task each.
import multiprocessing, time

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.map(time.sleep, [1.5, 1])
