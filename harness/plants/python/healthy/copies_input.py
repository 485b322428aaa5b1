# A pipeline: waits for whoever writes to it.
import subprocess, sys

subprocess.run(["cat"], stdout=subprocess.DEVNULL, check=True)
