# A program that doubles three numbers in an executor with one worker.
import multiprocessing as mp
import sys
from concurrent.futures import ProcessPoolExecutor


def double(n):
    return 2 * n


mp.set_start_method(sys.argv[1], force=True)
with ProcessPoolExecutor(1) as executor:
    for result in executor.map(double, [1, 2, 3]):
        print("observed: %d" % result)
for result in [2, 4, 6]:
    print("expected: %d" % result)
