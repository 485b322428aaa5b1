# The tax rate is read once, at start; a worker computes with it.
import multiprocessing as mp
import sys

tax_percent = 0


def gross(net):
    return net + net * tax_percent // 100


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    tax_percent = 19  # as from a configuration file
    pool = mp.Pool(1)
    print("expected: 100 and the tax is 119")
    print("observed: 100 and the tax is %d" % pool.apply(gross, (100,)))
    pool.close()
    pool.join()
