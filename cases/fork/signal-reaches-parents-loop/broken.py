# A server with an event loop, which handles SIGTERM, ends its worker by SIGTERM.
import asyncio
import multiprocessing as mp
import signal
import sys


def work(connection):
    connection.send("ready")
    connection.recv()


async def serve(loop):
    told = loop.create_future()
    loop.add_signal_handler(signal.SIGTERM, told.set_result, "the server was told to stop")
    here, there = mp.Pipe()
    worker = mp.Process(target=work, args=(there,))
    worker.start()
    here.recv()  # "ready"
    loop.add_reader(worker.sentinel, told.set_result, "the worker ended")
    worker.terminate()
    print("observed: " + await told)
    loop.remove_reader(worker.sentinel)
    here.send("stop")
    worker.join()


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    print("expected: the worker ended")
    loop = asyncio.new_event_loop()
    loop.run_until_complete(serve(loop))
