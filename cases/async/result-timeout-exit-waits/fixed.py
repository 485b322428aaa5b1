# A result is waited for with a time limit, and the program goes on without it.
import multiprocessing as mp
import sys


def ask_server():
    answer, server = mp.Pipe(duplex=False)
    return answer.recv()  # the server never answers


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: no answer in time")
    print("expected: goes on")
    with mp.Pool(1) as pool:
        try:
            pool.apply_async(ask_server).get(timeout=0.1)
        except mp.TimeoutError:
            print("observed: no answer in time")
    print("observed: goes on")
