# A report with a header, to which two forked workers add a row each.
import os
import sys


def start_worker(number):
    pid = os.fork()
    if pid == 0:
        print("observed: row of worker %d" % number)
        sys.exit(0)  # flushes all that is in its copy of the buffer
    return pid


for line in ("header", "row of worker 1", "row of worker 2"):
    print("expected: " + line)
sys.stdout.flush()

print("observed: header")  # stays in the buffer: no terminal
for worker in (start_worker(1), start_worker(2)):
    os.waitpid(worker, 0)
