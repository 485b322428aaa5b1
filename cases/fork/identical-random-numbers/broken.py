# Four workers draw an id each from the program's random number generator.
import multiprocessing as mp
import random
import sys

generator = random.Random()  # seeds itself, from os.urandom


def work(ids):
    ids.put(generator.getrandbits(64))


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    ids = mp.Queue()
    workers = [mp.Process(target=work, args=(ids,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    different = len(set(ids.get() for _ in workers))
    for worker in workers:
        worker.join()
    print("expected: 4 workers drew 4 different ids")
    print("observed: 4 workers drew %d different ids" % different)
