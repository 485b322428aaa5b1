# A task gets no answer; the caller gives up after a time limit and asks another.
import multiprocessing as mp
import sys


def ask(server):
    if server == 1:
        answer, server_1 = mp.Pipe(duplex=False)
        return answer.recv()  # it never answers
    return "answer of server %d" % server


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: server 1 is too late")
    print("expected: answer of server 2")
    pool = mp.Pool(1)
    try:
        print("observed: %s" % pool.apply_async(ask, (1,)).get(timeout=0.1))
    except mp.TimeoutError:
        print("observed: server 1 is too late")
    print("observed: %s" % pool.apply(ask, (2,)))
    pool.terminate()
