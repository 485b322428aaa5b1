# Bytes and a text are stored in a list in shared memory and read back.
from multiprocessing.shared_memory import ShareableList

ITEMS = [b"\x01\x00", b"\x00\x00", "\u0391\u03b8\u03ae\u03bd\u03b1"]  # Athens

if __name__ == "__main__":
    shared = ShareableList(ITEMS)
    for item in ITEMS:
        print("expected: %a" % item)
    for item in shared:
        print("observed: %a" % item)
    shared.shm.close()
    shared.shm.unlink()
