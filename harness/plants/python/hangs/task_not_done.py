# join() counts calls of task_done(), and one is missing.
import multiprocessing


def work(queue):
    while True:
        if queue.get() != "bad":
            queue.task_done()


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    queue = context.JoinableQueue()
    context.Process(target=work, args=[queue], daemon=True).start()
    queue.put("good")
    queue.put("bad")
    queue.join()
