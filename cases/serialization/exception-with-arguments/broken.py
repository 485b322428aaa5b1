# A task raises an exception whose constructor takes two arguments and hands one message on.
import multiprocessing as mp
import sys


class BadRow(Exception):
    def __init__(self, row, reason):
        super(BadRow, self).__init__("row %d: %s" % (row, reason))
        self.row, self.reason = row, reason


def load(row):
    raise BadRow(row, "no such column")


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: row 7: no such column")
    pool = mp.Pool(1)
    try:
        pool.apply(load, (7,))
    except BadRow as error:
        print("observed: %s" % error)
    pool.close()
    pool.join()
