import time

for _ in range(25):
    time.sleep(0.1)
