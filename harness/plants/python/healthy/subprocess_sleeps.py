import subprocess

subprocess.run(["sleep", "1"], check=True)
subprocess.run("sleep 0.5 | cat", shell=True, check=True, capture_output=True)
