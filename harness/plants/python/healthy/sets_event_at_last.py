# A poller that does something else in the end. For all that can be seen before
# that it is the one of a pool that hangs, so that the early verdict of `run`
# on what was promised to hang is wrong here, and nobody else's may be.
import multiprocessing, threading, time

done = threading.Event()


def look():
    end = time.monotonic() + 3
    while time.monotonic() < end:
        time.sleep(0.1)
    done.set()


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2):
        threading.Thread(target=look).start()
        done.wait()
