# Waits until somebody types Ctrl-C.
import threading

try:
    print("ready", flush=True)
    threading.Event().wait()
except KeyboardInterrupt:
    print("bye")
