# A worker ends while it holds a lock that its parent needs.
import multiprocessing, os


def dies(lock):
    lock.acquire()
    os._exit(1)


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    lock = context.Lock()
    child = context.Process(target=dies, args=[lock])
    child.start()
    child.join()
    with lock:
        print("never")
