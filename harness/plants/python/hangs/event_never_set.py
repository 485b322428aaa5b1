# Whoever should have set the event failed before.
import threading

ready = threading.Event()


def prepare():
    raise ValueError("no such file")
    ready.set()


threading.Thread(target=prepare).start()
ready.wait()
