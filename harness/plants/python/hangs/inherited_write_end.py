# The child reads to the end of a pipe that it could write to itself.
import multiprocessing


def read_all(receiver):
    try:
        while True:
            print(receiver.recv())
    except EOFError:
        pass


if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=read_all, args=[receiver])
    child.start()
    sender.send("all there is")
    sender.close()
    child.join()
