import asyncio
import threading

import pytest


@pytest.mark.asyncio
async def test_lock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


@pytest.mark.asyncio
async def test_future():
    await asyncio.get_running_loop().create_future()
