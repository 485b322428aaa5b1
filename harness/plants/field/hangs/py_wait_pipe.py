# localstack/localstack#1101: nobody reads what the child writes
import subprocess

child = subprocess.Popen(
    ["head", "-c", "400000", "/dev/zero"], stdout=subprocess.PIPE
)
child.wait()
