# A server without a client yet.
import asyncio


async def handle(reader, writer):
    writer.write(await reader.read(10))
    writer.close()
    done.set()


async def main():
    global done
    done = asyncio.Event()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await done.wait()
    print("served")


asyncio.run(main())
