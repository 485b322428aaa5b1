# Two workers each read tasks from a pipe until the parent closes it.
import multiprocessing as mp
import sys


def work(tasks, *write_ends):
    for end in write_ends:
        end.close()
    done = 0
    try:
        while True:
            tasks.recv()
            done += 1
    except EOFError:
        print("observed: a worker did %d task and ended" % done)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: a worker did 1 task and ended")
    print("expected: a worker did 1 task and ended")
    first_tasks, to_first = mp.Pipe(duplex=False)
    first = mp.Process(target=work, args=(first_tasks, to_first))
    first.start()
    second_tasks, to_second = mp.Pipe(duplex=False)
    second = mp.Process(target=work, args=(second_tasks, to_second, to_first))
    second.start()
    for end in to_first, to_second:
        end.send("a task")
    to_first.close()  # no more tasks for worker 1
    first.join()
    to_second.close()  # no more tasks for worker 2
    second.join()
