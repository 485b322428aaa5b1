# A process pool at work.
import time
from concurrent.futures import ProcessPoolExecutor

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(time.sleep, [1, 1.5]))
