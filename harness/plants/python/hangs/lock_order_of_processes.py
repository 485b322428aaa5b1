# Two processes take two locks in opposite order.
import multiprocessing


def work(first, second, both):
    with first:
        both.wait()
        with second:
            pass


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    one, other, both = context.Lock(), context.Lock(), context.Barrier(2)
    child = context.Process(target=work, args=[one, other, both])
    child.start()
    work(other, one, both)
    child.join()
