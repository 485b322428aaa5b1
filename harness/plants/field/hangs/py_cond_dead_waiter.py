# python/cpython#75158: notify_all() after one who waited was killed
import multiprocessing


def wait(condition, waits):
    with condition:
        waits.set()
        condition.wait()


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    condition, waits = context.Condition(), context.Event()
    waiter = context.Process(target=wait, args=(condition, waits))
    waiter.start()
    waits.wait()
    with condition:  # free only while the other one waits
        waiter.kill()
    waiter.join()
    with condition:
        condition.notify_all()
