# The callback's exception ends the thread that hands out results.
import multiprocessing


def raises(result):
    raise ValueError(result)


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.apply_async(abs, [-1], callback=raises)
        print(pool.apply_async(abs, [-2]).get())
