# A task's argument is a dictionary of its own class that checks what is put into it.
import multiprocessing as mp
import sys


class Settings(dict):
    def __init__(self, items=()):
        self.known = ("host", "port")
        for name, value in items:
            self[name] = value

    def __setitem__(self, name, value):
        if name not in self.known:
            raise KeyError(name)
        dict.__setitem__(self, name, value)


def connect(settings):
    return "port %d" % settings["port"]


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: port 80")
    pool = mp.Pool(1)
    print("observed: %s" % pool.apply(connect, (Settings([("port", 80)]),)))
    pool.close()
    pool.join()
