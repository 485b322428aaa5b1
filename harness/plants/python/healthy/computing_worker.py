# Everybody waits for one worker, and that one burns a CPU until it is done.
import multiprocessing, time


def compute():
    end, number = time.monotonic() + 2.5, 1
    while time.monotonic() < end:
        number = pow(number + 3, 65537, 2**521 - 1)


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pool.apply(compute)
