# Two consumers wait for a queue; one is stopped because one is enough.
import multiprocessing
import sys
import time


def consume(queue):
    item = queue.get()
    print("observed: " + item)


if __name__ == "__main__":
    if hasattr(multiprocessing, "set_start_method"):
        multiprocessing.set_start_method(sys.argv[1])
    print("expected: an item")
    queue = multiprocessing.Queue()
    first = multiprocessing.Process(target=consume, args=(queue,))
    second = multiprocessing.Process(target=consume, args=(queue,))
    first.start()
    while not queue._rlock._semlock._is_zero():  # until it waits in get()
        time.sleep(0.01)
    first.terminate()
    first.join()
    second.start()
    queue.put("an item")
    second.join()
