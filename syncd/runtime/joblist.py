"""procrastinate, as far as we use it: jobs kept beside the state, handed out to workers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from syncd.engine.context import log
from syncd.runtime.jobs import FIRST, Job
from syncd.store.holding import first
from syncd.store.server import Server

if TYPE_CHECKING:
    import procrastinate

# A job that ends does not wake the next of its lock: how long that one waits at most.
POLL = 0.5
# A job is kept for so long when it is done, for whoever asks what was done when.
ARCHIVE_HOURS = 24
_SWEEP_SECONDS = 3600.0


class Queue:
    """`tasks`: what each name of a job does, called on a thread with what the job is about.

    `takeover`: seconds of silence after which a worker counts as dead, and its jobs are free.
    """

    def __init__(
        self, server: Server, tasks: Mapping[str, Callable[..., None]], takeover: float
    ) -> None:
        self._server = server
        self._takeover = takeover
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: asyncio.Task[None] | None = None
        self._app = _app(server)
        self._tasks = tasks

    def work(self, threads: int, tick: int, beat: Callable[[], None]) -> None:
        """Do jobs until `end` is called; `beat` is called every second. On the main thread.

        Raises what ended it otherwise, mostly that the server is out of reach.
        """
        asyncio.run(self._work(threads, tick, beat))

    def put(self, *wanted: Job) -> None:
        """Have these done; one that waits already is not put again. From any thread."""
        if self._loop is None or not wanted:
            return
        work = asyncio.run_coroutine_threadsafe(self._put(wanted), self._loop)
        with contextlib.suppress(asyncio.CancelledError):
            work.result()

    def wanted(self, job: Job) -> bool:
        """Whether such a job waits."""
        if self._loop is None:
            return True
        return asyncio.run_coroutine_threadsafe(self._waits(job), self._loop).result()

    def end(self) -> None:
        """Take on no more jobs, and end when those under way have. From any thread."""
        if self._loop is not None and self._worker is not None:
            self._loop.call_soon_threadsafe(self._worker.cancel)

    async def _work(self, threads: int, tick: int, beat: Callable[[], None]) -> None:
        import procrastinate

        loop = asyncio.get_running_loop()
        pool = ThreadPoolExecutor(threads + 1, thread_name_prefix="job")
        loop.set_default_executor(pool)
        for name, work in self._tasks.items():
            if name != "tick":
                self._app.task(name=name)(_told(name, work))
        periodic = self._app.task(name="tick", queueing_lock="tick", priority=FIRST + 1)(
            _told("tick", self._tasks["tick"])
        )
        self._app.periodic(cron=f"* * * * * */{tick}")(periodic)
        async with self._app.open_async():
            self._loop = loop
            beats = [
                asyncio.create_task(self._every(1.0, _calling(beat))),
                asyncio.create_task(self._every(self._takeover / 5, self._take_over)),
                asyncio.create_task(self._every(_SWEEP_SECONDS, self._sweep)),
            ]
            self._worker = asyncio.create_task(
                self._app.run_worker_async(
                    concurrency=threads,
                    fetch_job_polling_interval=POLL,
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._takeover / 5,
                    stalled_worker_timeout=self._takeover,
                )
            )
            try:
                await self._worker
            except asyncio.CancelledError:
                return
            finally:
                for one in beats:
                    one.cancel()
                self._loop = None
        raise procrastinate.exceptions.ConnectorException("the queue of jobs is out of reach")

    async def _put(self, wanted: tuple[Job, ...]) -> None:
        from procrastinate.exceptions import AlreadyEnqueued

        for job in wanted:
            task = self._app.configure_task(
                job.task, lock=job.lock, queueing_lock=job.waiting, priority=job.priority
            )
            with contextlib.suppress(AlreadyEnqueued):
                await task.defer_async(**(job.about or {}))

    async def _waits(self, job: Job) -> bool:
        found = await self._app.job_manager.list_jobs_async(
            lock=job.lock, task=job.task, status="todo"
        )
        return bool(list(found))

    async def _take_over(self) -> None:
        """Free the jobs of workers that are gone: nobody else does it."""
        from procrastinate.exceptions import ConnectorException

        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._takeover):
            # Of several that find it one frees it.
            with contextlib.suppress(ConnectorException):
                await self._free(job)
                log.warning("job_taken_over", job=job.task_name, about=dict(job.task_kwargs))

    async def _free(self, job: procrastinate.jobs.Job) -> None:
        """Have it done again. Where its like waits already, which cannot wait twice, it only has
        to let go of the lock that the waiting one needs.
        """
        from procrastinate.exceptions import UniqueViolation
        from procrastinate.jobs import Status

        manager = self._app.job_manager
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            await manager.finish_job(job, Status.FAILED, delete_job=False)

    async def _sweep(self) -> None:
        await self._app.job_manager.delete_old_jobs(
            nb_hours=ARCHIVE_HOURS, include_failed=True, include_cancelled=True
        )

    @staticmethod
    async def _every(seconds: float, work: Callable[[], Any]) -> None:
        while True:
            await work()
            await asyncio.sleep(seconds)


def make(server: Server) -> None:
    """Make what procrastinate needs beside the state, where it is not there yet."""
    with first(server, "jobs"):
        asyncio.run(_make(server))


async def _make(server: Server) -> None:
    app = _app(server)
    async with app.open_async():
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()


def _app(server: Server) -> procrastinate.App:
    import procrastinate

    # It tells of each job at INFO; what went wrong is enough.
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    given: dict[str, Any] = {"options": server.options()}
    if (password := server.secret()) is not None:
        given["password"] = password
    return procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=server.url, kwargs=given, max_size=8)
    )


def _told(name: str, work: Callable[..., None]) -> Callable[..., None]:
    """A job that fails is told once; what it was for comes up again by itself."""

    def told(**about: Any) -> None:
        try:
            work(**about)
        except Exception:
            log.exception("job_failed", job=name, **about)
            raise

    told.__name__ = name
    return told


def _calling(beat: Callable[[], None]) -> Callable[[], Any]:
    async def called() -> None:
        beat()

    return called
