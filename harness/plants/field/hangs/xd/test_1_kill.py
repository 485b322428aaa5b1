# pytest-dev/pytest-xdist#784: the worker dies in its first file
import os
import signal


def test_it_dies():
    os.kill(os.getpid(), signal.SIGKILL)
