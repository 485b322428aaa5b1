# A task returns a long linked list; somebody raised the recursion limit for that.
import multiprocessing as mp
import resource
import sys

sys.setrecursionlimit(1000000)
resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, 8 << 20))  # the usual one


class Node(object):
    def __init__(self, value, following):
        self.value, self.following = value, following


def linked(values):
    node = None
    for value in reversed(values):
        node = Node(value, node)
    return node


def unlinked(node):
    values = []
    while node:
        values.append(node.value)
        node = node.following
    return values


def work(length):
    return linked([1] * length)


if __name__ == "__main__":
    if hasattr(mp, "set_start_method"):
        mp.set_start_method(sys.argv[1])
    print("expected: 100000")
    pool = mp.Pool(1)
    print("observed: %d" % sum(unlinked(pool.apply(work, (100000,)))))
    pool.terminate()
