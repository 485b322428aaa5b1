# Workers note in a manager's dictionary who has finished which job.
import multiprocessing as mp
import sys


def work(finished, name):
    finished["jobs"] = finished["jobs"] + [name]


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    manager = mp.Manager()
    finished = manager.dict()
    finished["jobs"] = []
    for name in ["first", "second"]:
        worker = mp.Process(target=work, args=(finished, name))
        worker.start()
        worker.join()
        print("expected: %s" % name)
    for name in finished["jobs"]:
        print("observed: %s" % name)
    manager.shutdown()
