# An idle pool waits for what somebody types.
import multiprocessing

if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(len, [input()]))
