# A poller, but whom it asks for will come to an end.
import multiprocessing, time

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        result = pool.apply_async(time.sleep, [2.5])
        while not result.ready():
            time.sleep(0.1)
