# One of two tasks raises an exception whose constructor takes two arguments and passes one on.
import multiprocessing as mp
import sys
from concurrent.futures import ProcessPoolExecutor


class BadRow(Exception):
    def __init__(self, row, reason):
        super().__init__("row %d: %s" % (row, reason))
        self.row, self.reason = row, reason

    def __reduce__(self):
        return BadRow, (self.row, self.reason)


def load(row):
    if row == 7:
        raise BadRow(row, "no such column")
    return "row %d: loaded" % row


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: row 7: no such column")
    print("expected: row 8: loaded")
    with ProcessPoolExecutor(1) as pool:
        for future in [pool.submit(load, row) for row in (7, 8)]:
            try:
                print("observed: %s" % future.result())
            except BadRow as error:
                print("observed: %s" % error)
            except Exception as error:
                print("observed: %s" % type(error).__name__)
