# Everybody waits for one worker, and that one sleeps for long.
import multiprocessing, time

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.apply(time.sleep, [2.5])
