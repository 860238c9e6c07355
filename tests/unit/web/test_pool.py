"""Threads for what blocks: few, bounded, one pool for each application."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from trackerkit.errors import ConfigurationError, UnavailableError
from trackerkit.web.pool import Pool, run_sync
from trackerkit.web.serve import Server

Serve = Callable[..., Server]


def test_run_sync_uses_so_many_threads_and_no_more(serve: Serve) -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def work() -> str:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.05)
        with lock:
            running[0] -= 1
        return threading.current_thread().name

    async def endpoint(_request: Request) -> Response:
        return PlainTextResponse(await run_sync(work))

    server = serve([Route("/", endpoint)], threads=3)
    with ThreadPoolExecutor(12) as callers:
        names = {answer.text for answer in callers.map(lambda _: requests.get(server.url, timeout=10), range(24))}
    assert most == [3]
    assert len(names) == 3


def test_run_sync_turns_away_what_would_wait_too_long(serve: Serve) -> None:
    release = threading.Event()
    begun: list[int] = []

    async def endpoint(_request: Request) -> Response:
        begun.append(1)
        await run_sync(release.wait, 10)
        return PlainTextResponse("fine")

    server = serve([Route("/", endpoint)], threads=1, waiting=1)
    with ThreadPoolExecutor(2) as callers:
        first = [callers.submit(requests.get, server.url, timeout=10) for _ in range(2)]
        while len(begun) < 2:
            time.sleep(0.005)
        answer = requests.get(server.url, timeout=10)
        release.set()
        assert answer.status_code == 503
        assert [future.result().status_code for future in first] == [200, 200]
    assert answer.headers["retry-after"] == "1"
    assert requests.get(server.url, timeout=10).status_code == 200


def test_run_sync_passes_values_and_errors_on(serve: Serve) -> None:
    async def endpoint(_request: Request) -> Response:
        assert await run_sync(divmod, 7, 3) == (2, 1)
        assert await run_sync(sorted, [1, 3, 2], reverse=True) == [3, 2, 1]
        with pytest.raises(ZeroDivisionError):
            await run_sync(divmod, 1, 0)
        return PlainTextResponse("fine")

    assert requests.get(serve([Route("/", endpoint)]).url, timeout=10).text == "fine"


def test_a_server_that_asks_another_one_in_this_process_does_not_lock_up(serve: Serve) -> None:
    async def last(_request: Request) -> Response:
        await run_sync(time.sleep, 0.02)
        return PlainTextResponse("end")

    inner = serve([Route("/", last)], threads=2)

    async def first(_request: Request) -> Response:
        return PlainTextResponse((await run_sync(requests.get, inner.url, timeout=10)).text)

    outer = serve([Route("/", first)], threads=2)
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: requests.get(outer.url, timeout=20).text, range(16)))
    assert answers == ["end"] * 16


def test_run_sync_outside_of_a_request_says_so() -> None:
    with pytest.raises(ConfigurationError, match="only while a request is answered"):
        asyncio.run(run_sync(time.sleep, 0))


def test_close_lets_what_runs_come_to_its_end() -> None:
    ended: list[int] = []

    def work(number: int) -> None:
        time.sleep(0.2)
        ended.append(number)

    async def main() -> None:
        pool = Pool(threads=1)
        tasks = [asyncio.create_task(pool.run(work, number)) for number in (1, 2)]
        await asyncio.sleep(0.05)
        await pool.close()
        assert ended == [1]
        assert pool.busy == 0
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results[0] is None
        assert isinstance(results[1], asyncio.CancelledError)

    asyncio.run(main())


def test_a_full_pool_is_unavailable() -> None:
    async def main() -> None:
        pool = Pool(threads=1, waiting=0)
        task = asyncio.create_task(pool.run(time.sleep, 0.1))
        await asyncio.sleep(0.01)
        with pytest.raises(UnavailableError, match="busy"):
            await pool.run(time.sleep, 0)
        await task
        await pool.run(time.sleep, 0)
        await pool.close()

    asyncio.run(main())


def test_the_thread_that_was_last_at_work_takes_the_next_call() -> None:
    async def main() -> None:
        pool = Pool(threads=4)
        barrier = threading.Barrier(4)
        await asyncio.gather(*[pool.run(barrier.wait, 10) for _ in range(4)])
        names = {await pool.run(lambda: threading.current_thread().name) for _ in range(20)}
        assert len(names) == 1
        await pool.close()

    asyncio.run(main())


def test_a_call_that_nobody_waits_for_any_more_is_not_begun() -> None:
    async def main() -> None:
        pool = Pool(threads=1, waiting=1)
        release, begun = threading.Event(), []
        first = asyncio.create_task(pool.run(release.wait, 10))
        second = asyncio.create_task(pool.run(begun.append, 2))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        assert pool.busy == 1
        third = asyncio.create_task(pool.run(begun.append, 3))
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(first, third)
        assert begun == [3]
        await pool.close()

    asyncio.run(main())


def test_a_closed_pool_leaves_no_thread_behind() -> None:
    async def main() -> list[threading.Thread]:
        pool = Pool(threads=3)
        barrier = threading.Barrier(3)
        await asyncio.gather(*[pool.run(barrier.wait, 10) for _ in range(3)])
        threads = [await pool.run(threading.current_thread)]
        await pool.close()
        assert await pool.run(int) == 0  # it begins anew when it is asked again
        threads.append(await pool.run(threading.current_thread))
        await pool.close()
        return threads

    for thread in asyncio.run(main()):
        thread.join(10)
        assert not thread.is_alive()


def test_a_call_that_runs_out_of_items_is_an_error_and_not_silence() -> None:
    async def main() -> None:
        pool = Pool(threads=1)
        with pytest.raises(RuntimeError, match="StopIteration"):
            await asyncio.wait_for(pool.run(next, iter(())), 10)
        await pool.close()

    asyncio.run(main())
