# A service that uses shared memory is killed with its whole process group, as by a supervisor, and started again.
import os
import signal
import subprocess
import sys
from multiprocessing import shared_memory


def service(name):
    memory = shared_memory.SharedMemory(name, create=True, size=1 << 20)
    print("ready", flush=True)
    signal.pause()
    memory.unlink()


def start_and_kill(name):
    command = [sys.executable, __file__, name]
    service = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    print("expected: ready")
    print("observed: " + service.stdout.readline().decode().strip())
    os.killpg(service.pid, signal.SIGKILL)
    service.wait()


if __name__ == "__main__":
    if sys.argv[1:]:
        service(sys.argv[1])
    else:
        start_and_kill("cache-of-%d" % os.getpid())
        start_and_kill("cache-of-%d" % os.getpid())
