# Two threads take two locks in opposite order.
import threading

one, other = threading.Lock(), threading.Lock()
both = threading.Barrier(2)


def work(first, second):
    with first:
        both.wait()
        with second:
            pass


threading.Thread(target=work, args=[one, other]).start()
work(other, one)
