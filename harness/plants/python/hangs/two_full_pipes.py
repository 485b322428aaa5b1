# The filter's output is not read before all its input was written.
import subprocess, sys

command = [sys.executable, "-c", "import shutil, sys\n"
           "shutil.copyfileobj(sys.stdin, sys.stdout)"]
child = subprocess.Popen(command, stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
child.stdin.write(b"x" * 1_000_000)
child.stdin.close()
print(len(child.stdout.read()))
