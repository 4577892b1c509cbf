"""No-op jobs through PgQueuer, as its own benchmark does it: asyncpg, a batch a dequeue, drained.

    python pgqueuer_jobs.py throughput COUNT BATCH  prints jobs a second
    python pgqueuer_jobs.py pickup COUNT            prints milliseconds from enqueue to start, one a line
"""
import asyncio
import os
import sys
import time
from datetime import timedelta

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.qm import QueueManager
from pgqueuer.types import QueueExecutionMode

done: list[float] = []
woken = asyncio.Event()


def manager(connection: asyncpg.Connection) -> QueueManager:
    manager = PgQueuer(AsyncpgDriver(connection)).qm

    @manager.entrypoint("noop")
    async def noop(job: Job) -> None:
        done.append(time.perf_counter())
        woken.set()

    return manager


async def throughput(connection: asyncpg.Connection, count: int, batch: int):
    queue = manager(connection)
    for start in range(0, count, 1000):
        size = min(1000, count - start)
        await queue.queries.enqueue(["noop"] * size, [None] * size, [0] * size)
    begin = time.perf_counter()
    await queue.run(batch_size=batch, mode=QueueExecutionMode.drain)
    seconds = time.perf_counter() - begin
    assert len(done) == count, f"{len(done)} of {count} ran"
    print(count / seconds)


async def pickup(connection: asyncpg.Connection, count: int):
    queue = manager(connection)
    other = await asyncpg.connect(os.environ["DATABASE_URL"])
    writer = PgQueuer(AsyncpgDriver(other)).qm
    worker = asyncio.create_task(queue.run(batch_size=10, dequeue_timeout=timedelta(seconds=30)))
    # The first shows that the worker listens, and is not counted.
    for number in range(count + 1):
        woken.clear()
        begin = time.perf_counter()
        await writer.queries.enqueue("noop", None)
        await asyncio.wait_for(woken.wait(), 30)
        if number > 0:
            print((done[-1] - begin) * 1000)
        await asyncio.sleep(0.02)
    queue.shutdown.set()
    await asyncio.wait_for(worker, 60)
    await other.close()


async def main():
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    exists = await connection.fetchval("SELECT to_regclass('pgqueuer')")
    if exists is None:
        await PgQueuer(AsyncpgDriver(connection)).qm.queries.install()
    numbers = [int(word) for word in sys.argv[2:]]
    await {"throughput": throughput, "pickup": pickup}[sys.argv[1]](connection, *numbers)
    await connection.close()


asyncio.run(main())
