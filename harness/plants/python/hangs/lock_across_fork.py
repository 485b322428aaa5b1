# A pool is forked while a thread holds a lock that the workers need.
import multiprocessing, threading, time

lock = threading.Lock()


def refresh():
    with lock:
        time.sleep(0.3)


def price(number):
    with lock:
        return 2 * number


if __name__ == "__main__":
    threading.Thread(target=refresh).start()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(price, range(4)))
