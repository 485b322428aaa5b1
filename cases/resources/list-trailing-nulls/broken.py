# A worker reads bytes and a text from a list in shared memory.
import multiprocessing as mp
from multiprocessing.shared_memory import ShareableList

ITEMS = [b"\x01\x00", b"\x00\x00", "\u0391\u03b8\u03ae\u03bd\u03b1"]  # Athens


def work(shared):
    for item in shared:
        print("observed: %a" % item)


if __name__ == "__main__":
    shared = ShareableList(ITEMS)
    worker = mp.get_context("spawn").Process(target=work, args=(shared,))
    worker.start()
    for item in ITEMS:
        print("expected: %a" % item)
    worker.join()
    shared.shm.close()
    shared.shm.unlink()
