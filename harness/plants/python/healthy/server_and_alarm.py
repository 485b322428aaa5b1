# A server that nobody asks, and no time-out on its socket.
import os, signal, socket

signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
signal.alarm(1)
socket.create_server(("127.0.0.1", 0)).accept()
