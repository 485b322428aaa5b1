# Sleeps until the end of a child is signalled.
import multiprocessing, os, signal, time

if __name__ == "__main__":
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer)
    multiprocessing.get_context("fork").Process(
        target=time.sleep, args=[1]).start()
    os.read(reader, 1)
