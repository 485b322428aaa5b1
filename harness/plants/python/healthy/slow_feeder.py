# The reader waits for a child that will write at last.
import multiprocessing, time


def produce(queue):
    time.sleep(1)
    queue.put(b"x" * 1_000_000)


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    context.Process(target=produce, args=[queue]).start()
    queue.get()
