# A child forked while the log's listener thread has the mutex of its queue.
import logging, logging.handlers, multiprocessing, queue, threading

messages = queue.Queue()
held, go_on = threading.Event(), threading.Event()


def listen():
    with messages.mutex:  # as in every put() and get()
        held.set()
        go_on.wait()


if __name__ == "__main__":
    log = logging.getLogger()
    log.addHandler(logging.handlers.QueueHandler(messages))
    threading.Thread(target=listen).start()
    held.wait()
    child = multiprocessing.get_context("fork").Process(
        target=log.error, args=["from the child"])
    child.start()
    go_on.set()
    child.join()
