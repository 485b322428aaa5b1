# A forked worker leaves its result in the parent's scratch folder.
import atexit
import os
import shutil
import sys
import tempfile

scratch = tempfile.mkdtemp()
atexit.register(shutil.rmtree, scratch)  # at the end of the program

worker = os.fork()
if worker == 0:
    with open(scratch + "/result", "w") as result:
        result.write("42")
    sys.exit(0)
os.waitpid(worker, 0)

print("expected: result 42")
if os.path.exists(scratch + "/result"):
    print("observed: result " + open(scratch + "/result").read())
