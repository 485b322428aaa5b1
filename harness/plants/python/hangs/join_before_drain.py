# The child's feeder thread waits for a reader, the reader for the child.
import multiprocessing

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=queue.put, args=[b"x" * 1_000_000])
    child.start()
    child.join()
    print(len(queue.get()))
