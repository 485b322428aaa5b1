# A manager's server waits for connections, its client for input.
import multiprocessing

if __name__ == "__main__":
    with multiprocessing.Manager() as manager:
        names = manager.list()
        names.append(input())
