# The parent hands out many tasks; the worker gives up at the first, and the parent wants to end.
import multiprocessing as mp
import sys


def work(tasks):
    print("observed: task " + tasks.get()[:1])
    sys.exit("the worker gives up")


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: task 0")
    print("expected: the parent's last line")
    sys.stdout.flush()
    tasks = mp.Queue()
    worker = mp.Process(target=work, args=(tasks,))
    worker.start()
    for number in range(10):
        tasks.put(str(number) * 100000)  # a pipe holds 64 KiB
    worker.join()
    print("observed: the parent's last line")
