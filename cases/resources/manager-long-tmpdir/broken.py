# A manager is started where the directory for temporary files has a long name, as on a cluster or in a test run.
import multiprocessing as mp
import os
import sys
import tempfile

if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="job-" + 80 * "x") as tempdir:
        os.environ["TMPDIR"] = tempfile.tempdir = tempdir
        print("expected: shared")
        with mp.Manager() as manager:
            print("observed: %s" % manager.list(["shared"])[0])
