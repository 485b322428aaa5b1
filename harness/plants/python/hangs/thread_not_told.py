# The program is over, but a thread still waits for work.
import queue, threading

work = queue.Queue()
threading.Thread(target=lambda: [print(item) for item in iter(work.get, None)]
                 ).start()
work.put("the last")
