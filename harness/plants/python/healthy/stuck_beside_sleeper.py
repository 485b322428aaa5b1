# One thread waits for ever, but the program does not wait for it.
import threading, time

lock = threading.Lock()
lock.acquire()
threading.Thread(target=lock.acquire, daemon=True).start()
time.sleep(1.2)
