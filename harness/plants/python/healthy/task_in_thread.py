# The event loop waits for a thread.
import asyncio, time


async def main():
    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 1)
    command = await asyncio.create_subprocess_exec("sleep", "0.5")
    await command.wait()


asyncio.run(main())
