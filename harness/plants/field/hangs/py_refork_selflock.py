# the same as py_fork_selflock.py below a parent with a second thread
import os
import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()
pid = os.fork()
if pid == 0:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()
os.waitpid(pid, 0)
