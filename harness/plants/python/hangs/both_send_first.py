# Both ends of a connection send more than fits before they receive.
import multiprocessing


def swap(connection):
    connection.send(b"x" * 1_000_000)
    return connection.recv()


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    context.Process(target=swap, args=[there]).start()
    swap(here)
