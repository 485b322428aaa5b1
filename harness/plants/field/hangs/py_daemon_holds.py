# golang/go#13155: the output of a command that starts a daemon, which keeps it
# open, is read to its end
import subprocess
import sys

DAEMON = "import socket; socket.create_server(('127.0.0.1', 0)).accept()"
subprocess.run(
    ["sh", "-c", f'{sys.executable} -c "{DAEMON}" & echo started'],
    capture_output=True,
)
