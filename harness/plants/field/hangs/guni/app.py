# benoitc/gunicorn#3529: a preloaded application, one of whose threads holds a
# lock at the fork
import threading

lock = threading.Lock()
taken = threading.Event()


def refresh():
    with lock:
        taken.set()
        threading.Event().wait()


threading.Thread(target=refresh, daemon=True).start()
taken.wait()


def app(environ, start_response):
    with lock:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"hi"]
