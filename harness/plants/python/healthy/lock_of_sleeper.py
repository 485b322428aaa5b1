# Everybody waits for a lock; who has it sleeps.
import multiprocessing, time


def work(lock):
    with lock:
        time.sleep(0.4)


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    lock = context.Lock()
    workers = [context.Process(target=work, args=[lock]) for _ in range(3)]
    [worker.start() for worker in workers]
    [worker.join() for worker in workers]
