# A parent that wants no zombies starts a worker, which fails.
import multiprocessing as mp
import signal
import sys


def work():
    sys.exit(3)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    worker = mp.Process(target=work)
    worker.start()
    worker.join()
    print("expected: exitcode 3, alive: False")
    print("observed: exitcode %s, alive: %s" % (worker.exitcode, worker.is_alive()))
