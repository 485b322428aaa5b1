# A batch is put on a queue, and then the same list is filled with the next batch.
import multiprocessing as mp
import sys


def work(tasks):
    for batch in iter(tasks.get, None):
        if isinstance(batch, list):
            print("observed: " + " ".join(batch))


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    tasks = mp.Queue()
    worker = mp.Process(target=work, args=(tasks,))
    tasks.put("x" * 1000000)  # more than the pipe holds: what follows waits in this process
    batch = []
    for names in ["anna ben", "clara dan"]:
        batch[:] = names.split()
        print("expected: " + " ".join(batch))
        tasks.put(list(batch))
    tasks.put(None)
    sys.stdout.flush()
    worker.start()
    worker.join()
