# the same as py_wait_pipe.py beside an idle thread pool
import subprocess
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(2)
list(pool.map(str, range(8)))
child = subprocess.Popen(
    ["head", "-c", "400000", "/dev/zero"], stdout=subprocess.PIPE
)
child.wait()
