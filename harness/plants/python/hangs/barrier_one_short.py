# Three were announced, two come.
import multiprocessing

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(3)
    context.Process(target=barrier.wait).start()
    barrier.wait()
