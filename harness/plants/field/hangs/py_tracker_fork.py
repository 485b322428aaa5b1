# python/cpython#146313: the resource tracker is waited for, and a forked child
# still holds its pipe
import os
from multiprocessing import resource_tracker

resource_tracker.ensure_running()
read, write = os.pipe()
pid = os.fork()
if pid == 0:
    os.close(write)
    os.read(read, 1)
    os._exit(0)
resource_tracker._resource_tracker._stop()
os.close(write)
os.waitpid(pid, 0)
