# A service with an idle pool below it. Its workers do not keep its handler, or
# terminate() would sometimes not end them.
import multiprocessing
import signal
import threading


def work(n):
    return n


if __name__ == "__main__":
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with multiprocessing.get_context("fork").Pool(
        2, signal.signal, (signal.SIGTERM, signal.SIG_DFL)
    ) as pool:
        pool.map(work, range(4))
        print("ready", flush=True)
        stop.wait()
    print("stopped")
