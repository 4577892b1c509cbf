"""No-op jobs through procrastinate, as its documentation does it: an async worker with PsycopgConnector.

    python procrastinate_jobs.py throughput COUNT CONCURRENCY  prints jobs a second
    python procrastinate_jobs.py pickup COUNT                  prints milliseconds from defer to start, one a line
"""
import asyncio
import os
import sys
import time

from procrastinate import App, PsycopgConnector

app = App(connector=PsycopgConnector(conninfo=os.environ["DATABASE_URL"], min_size=10, max_size=10))
started: dict[int, float] = {}
woken = asyncio.Event()


@app.task(name="noop")
async def noop(number: int):
    started[number] = time.perf_counter()
    woken.set()


async def throughput(count: int, concurrency: int):
    await noop.batch_defer_async(*({"number": number} for number in range(count)))
    begin = time.perf_counter()
    await app.run_worker_async(wait=False, concurrency=concurrency, install_signal_handlers=False)
    seconds = time.perf_counter() - begin
    assert len(started) == count, f"{len(started)} of {count} ran"
    print(count / seconds)


async def pickup(count: int):
    worker = asyncio.create_task(app.run_worker_async(concurrency=10, install_signal_handlers=False))
    # The first shows that the worker listens, and is not counted.
    for number in range(count + 1):
        woken.clear()
        begin = time.perf_counter()
        await noop.defer_async(number=number)
        await asyncio.wait_for(woken.wait(), 30)
        if number > 0:
            print((started[number] - begin) * 1000)
        await asyncio.sleep(0.02)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


async def main():
    async with app.open_async():
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()
        numbers = [int(word) for word in sys.argv[2:]]
        await {"throughput": throughput, "pickup": pickup}[sys.argv[1]](*numbers)


asyncio.run(main())
