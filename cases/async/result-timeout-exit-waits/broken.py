# A result is waited for with a time limit, and the program goes on without it.
import concurrent.futures
import multiprocessing as mp
import sys


def ask_server():
    answer, server = mp.Pipe(duplex=False)
    return answer.recv()  # the server never answers


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: no answer in time")
    print("expected: goes on")
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        try:
            pool.submit(ask_server).result(timeout=0.1)
        except concurrent.futures.TimeoutError:
            print("observed: no answer in time")
    print("observed: goes on")
