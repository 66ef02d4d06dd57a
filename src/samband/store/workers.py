"""Threads that do the store's blocking work for the event loop: one queue in, one call back per batch."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from samband.store.api import StoreUnavailable

log = logging.getLogger(__name__)

Work = Callable[[Any], Any]


class Job:
    """One piece of work, whoever waits for it, and how it ended. The future is touched on the event loop only."""

    __slots__ = ("error", "future", "posted", "result", "work")

    def __init__(self, work: Work, future: asyncio.Future[Any], *, posted: bool) -> None:
        """``posted``: whether it takes no place of the queue."""
        self.work = work
        self.future = future
        self.posted = posted
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        """Tell whoever waits, if anyone still does."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        elif isinstance(self.error, Exception) and not isinstance(self.error, StopIteration):
            self.future.set_exception(self.error)
        else:
            # A future cannot carry StopIteration, and SystemExit of a work must not end the server.
            self.future.set_exception(StoreUnavailable(f"the work ended by {self.error!r}"))

    def fail(self, error: BaseException) -> None:
        """Make this job's outcome a failure of the store."""
        self.result = None
        self.error = error if isinstance(error, StoreUnavailable) else _unavailable(error)


class Handler(Protocol):
    """What a thread does with a batch of jobs."""

    def handle(self, jobs: Sequence[Job]) -> Callable[[], None] | None:
        """Fill in every job's outcome; may answer what the event loop has to call before the jobs are settled."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Workers:
    """Threads on one bounded queue."""

    def __init__(self, name: str, handlers: Sequence[Handler], *, batch: int, limit: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._room = asyncio.Semaphore(limit)
        self._batch = batch
        self._refusal: str | None = None
        self._running = len(handlers)
        self._ended = self._loop.create_future()
        self._threads = [
            threading.Thread(target=self._serve, args=(handler,), name=f"samband-{name}-{number}", daemon=True)
            for number, handler in enumerate(handlers)
        ]
        for thread in self._threads:
            thread.start()

    async def submit(self, work: Work) -> Any:
        """Have ``work`` done; its result. Waits where the queue is full. Raises what ``work`` raises."""
        await self._room.acquire()
        if self._refusal is not None:
            self._room.release()
            raise StoreUnavailable(self._refusal)
        future = self._loop.create_future()
        self._queue.put(Job(work, future, posted=False))
        return await future

    def post(self, work: Work, told: asyncio.Future[Any]) -> None:
        """Like ``submit``, but at once, also where the queue is full: ``told`` has what becomes of it."""
        if self._refusal is not None:
            told.set_exception(StoreUnavailable(self._refusal))
        else:
            self._queue.put(Job(work, told, posted=True))

    async def close(self) -> None:
        """Refuse new work, finish the old, end the threads."""
        if self._refusal is None:
            self._refusal = "the store is closed"
        for _ in self._threads:
            self._queue.put(None)
        await asyncio.shield(self._ended)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _serve(self, handler: Handler) -> None:
        try:
            while jobs := self._take():
                self._call(self._settle, jobs, _handled(handler, jobs))
        finally:
            try:
                handler.close()
            finally:
                self._call(self._thread_ended)

    def _take(self) -> list[Job]:
        """The next jobs, or none when the thread is to end."""
        job = self._queue.get()
        if job is None:
            return []
        jobs = [job]
        while len(jobs) < self._batch and not self._queue.empty():
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if job is None:
                self._queue.put(None)
                break
            jobs.append(job)
        return jobs

    def _call(self, function: Callable[..., None], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(function, *args)
        except RuntimeError:
            # The loop was closed without closing the store: nobody is left to tell.
            log.debug("the event loop is gone")

    def _settle(self, jobs: Sequence[Job], first: Callable[[], None] | None) -> None:
        if first is not None:
            try:
                first()
            except Exception:
                log.exception("a listener to the store failed")
        for job in jobs:
            if not job.posted:
                self._room.release()
            job.settle()

    def _thread_ended(self) -> None:
        self._running -= 1
        if self._running:
            return
        if self._refusal is None:
            self._refusal = "the thread of the store has ended"
            log.critical(self._refusal)
        while not self._queue.empty():
            if (job := self._queue.get_nowait()) is not None:
                job.fail(StoreUnavailable(self._refusal))
                self._settle([job], None)
        self._ended.set_result(None)


def _handled(handler: Handler, jobs: Sequence[Job]) -> Callable[[], None] | None:
    """Whatever goes wrong while a batch is handled is the outcome of its jobs: the thread lives on."""
    try:
        return handler.handle(jobs)
    except BaseException as error:
        log.error("the store failed: %r", error)
        for job in jobs:
            job.fail(error)
        return None


def _unavailable(error: BaseException) -> StoreUnavailable:
    failure = StoreUnavailable(f"the store failed: {error}")
    failure.__cause__ = error
    return failure
