# A second program attaches shared memory, reads it and ends; then the first one opens its memory again.
import subprocess
import sys
from multiprocessing import shared_memory

READER = """
import sys
from multiprocessing import shared_memory
memory = shared_memory.SharedMemory(sys.argv[1])
print(bytes(memory.buf[:5]).decode())
memory.close()
"""

if __name__ == "__main__":
    memory = shared_memory.SharedMemory(create=True, size=5)
    memory.buf[:5] = b"hello"
    command = [sys.executable, "-c", READER, memory.name]
    # the output ends when the reader and its resource tracker have ended
    output = subprocess.check_output(command, stderr=subprocess.STDOUT)
    print("expected: hello, and the memory is there")
    try:
        shared_memory.SharedMemory(memory.name).unlink()
        print("observed: %s, and the memory is there" % output.decode()[:5])
    except FileNotFoundError:
        print("observed: %s, and the memory is gone" % output.decode()[:5])
