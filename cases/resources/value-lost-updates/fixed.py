# Two workers count up one shared counter.
import multiprocessing as mp
import sys
import threading


def one_more(both_read):
    try:
        both_read.wait(1)  # a checkpoint: goes on when both have read the counter, or cannot
    except threading.BrokenBarrierError:
        pass
    return 1


def work(counter, both_run, both_read):
    both_run.wait()
    with counter.get_lock():
        counter.value += one_more(both_read)


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    counter = mp.Value("i", 0)
    arguments = (counter, mp.Barrier(2), mp.Barrier(2))
    workers = [mp.Process(target=work, args=arguments) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print("expected: 2")
    print("observed: %d" % counter.value)
