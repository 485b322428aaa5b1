# A service with a semaphore for its workers is stopped, as by a supervisor.
import multiprocessing as mp
import os
import signal
import subprocess
import sys


def service():
    slots = mp.get_context(sys.argv[1]).Semaphore(2)
    print("ready with %s" % slots, flush=True)
    signal.pause()


if __name__ == "__main__":
    if sys.argv[2:] == ["service"]:
        sys.exit(service())
    command = [sys.executable, __file__, sys.argv[1], "service"]
    group = subprocess.Popen(command, start_new_session=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print("expected: ready with <Semaphore(value=2)>")
    print("observed: %s" % group.stdout.readline().decode().strip())
    os.kill(group.pid, signal.SIGTERM)
    group.stdout.read()  # to the end: when the last process of the group has ended
    group.wait()
