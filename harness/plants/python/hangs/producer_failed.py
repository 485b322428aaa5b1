# get() of a queue whose only producer ended without a word.
import multiprocessing


def produce(queue):
    raise ValueError("no such file")


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    context.Process(target=produce, args=[queue]).start()
    print(queue.get())
