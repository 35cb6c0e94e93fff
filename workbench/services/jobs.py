"""Replays beside the app: asked for once, run one at a time in a process of their own, kept on a shelf.

Two equal requests over the same data are one job. A job runs on when nobody looks; what it found stays on the shelf.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from workbench.errors import BadInput
from workbench.outcomes import key_of
from workbench.settings import Settings

from .benchmark import Request
from .datasets import named
from .shelf import Shelf
from .worker import work

WAITING = 16
"""Jobs that may wait; one more is refused."""
ENDED = 64
"""Failed and stopped jobs that are remembered."""
RECENT = 8
"""Results in the list of those that one can go back to."""
LAST = 5
"""Reports that a pace is made of."""
State = Literal["waiting", "running", "done", "failed", "stopped"]
Clock = Callable[[], float]


@dataclass
class Pace:
    """How fast something is done, by its last few reports: what came before may have been of another kind."""

    done: int = 0
    total: int = 0
    _reports: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=LAST))

    def at(self, now: float, done: int, total: int) -> None:
        if total != self.total or done < self.done:
            self._reports.clear()
        self.done, self.total = done, total
        self._reports.append((now, done))

    def as_json(self, now: float) -> dict[str, Any]:
        """`rate` is a second's worth; `left_s` seconds from now. None while they cannot be known."""
        (began, before), (last, done) = (self._reports[0], self._reports[-1]) if self._reports else ((0, 0), (0, 0))
        rate = (done - before) / (last - began) if last > began and done > before else None
        left = max(0.0, (self.total - done) / rate - (now - last)) if rate else None
        return {"done": self.done, "total": self.total, "rate": rate, "left_s": left}


@dataclass
class Job:
    key: str
    request: Request
    data_key: str
    state: State = "waiting"
    text: str = ""
    """What it does now; the error of one that failed."""
    steps: Pace = field(default_factory=Pace)
    embedding: Pace = field(default_factory=Pace)
    process: BaseProcess | None = None
    began: float | None = None

    @property
    def over(self) -> bool:
        return self.state not in ("waiting", "running")

    def hear(self, now: float, said: tuple[Any, ...]) -> None:
        """Take in what the worker tells."""
        match said:
            case ("step", text, done, total):
                self.text = text
                self.steps.at(now, done, total)
            case ("embedding", done, total):
                self.embedding.at(now, done, total)
            case ("intervals",):
                self.text = "intervals and reference lines"
                self.steps.at(now, self.steps.total, self.steps.total)
            case ("failed", text):
                self.state, self.text = "failed", text
            case ("done",):
                self.state, self.text = "done", ""


class Jobs:
    """All replays of one app."""

    def __init__(self, settings: Settings, clock: Clock = time.monotonic) -> None:
        self.settings, self.shelf, self._clock = settings, Shelf(settings.home / "replays"), clock
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._processes = multiprocessing.get_context("spawn")

    async def start(self, request: Request) -> Job:
        """The job of this request: new, or the one that runs or has run. Raises BadInput."""
        data_key = await asyncio.to_thread(lambda: key_of(named(request.data, self.settings.home)))
        key = await asyncio.to_thread(request.key, data_key, self.settings)
        if key in self.shelf:
            return self._remember(Job(key, request, data_key, "done"))
        if (known := self._jobs.get(key)) and not known.over:
            return known
        if sum(job.state == "waiting" for job in self._jobs.values()) >= WAITING:
            raise BadInput(f"{WAITING} replays wait already: try again when some have ended")
        job = self._remember(Job(key, request, data_key))
        task = asyncio.create_task(self._run(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def find(self, key: str) -> dict[str, Any]:
        """The state of a job as JSON. Raises BadInput for one that nobody knows."""
        if key in self.shelf:
            return {"key": key, "state": "done", "request": self.shelf.about(key)["request"]}
        if job := self._jobs.get(key):
            return self._told(job)
        raise BadInput("this replay is not kept here any more: run it again")

    def recent(self) -> list[dict[str, Any]]:
        """What waits, runs or is kept, newest first: enough to choose one by."""
        live = [self._told(job) for job in self._jobs.values() if not job.over and job.key not in self.shelf]
        kept = [{"key": key, "state": "done", **self.shelf.about(key)} for key in self.shelf.keys()[:RECENT]]
        return [*reversed(live), *kept]

    def stop(self, key: str) -> None:
        """End a job that waits or runs; one that is over stays as it is."""
        job = self._jobs.get(key)
        if job is None or job.over:
            return
        job.state, job.text = "stopped", "stopped by hand"
        if job.process:
            job.process.kill()

    async def close(self) -> None:
        for key in list(self._jobs):
            self.stop(key)
        await asyncio.gather(*self._tasks)

    def _told(self, job: Job) -> dict[str, Any]:
        now = self._clock()
        ahead = sum(not other.over for other in self._jobs.values()) - 1 if job.state == "waiting" else 0
        return {
            "key": job.key,
            "state": job.state,
            "request": job.request.as_json(),
            "text": job.text,
            "ahead": ahead,
            "steps": job.steps.as_json(now),
            "embedding": job.embedding.as_json(now) if job.embedding.done < job.embedding.total else None,
            "elapsed_s": now - job.began if job.began is not None else 0.0,
        }

    def _remember(self, job: Job) -> Job:
        self._jobs.pop(job.key, None)
        self._jobs[job.key] = job
        over = [key for key, other in self._jobs.items() if other.over]
        for key in over[: max(0, len(over) - ENDED)]:
            del self._jobs[key]
        return job

    async def _run(self, job: Job) -> None:
        async with self._turn:
            if job.state == "waiting":
                job.state, job.began = "running", self._clock()
                await asyncio.to_thread(self._follow, job)

    def _follow(self, job: Job) -> None:
        """Start the worker and hear it out. Runs in a thread."""
        ours, theirs = self._processes.Pipe(duplex=False)
        given = (job.request.as_json(), job.data_key, self.settings, self.shelf, theirs)
        process = self._processes.Process(target=work, args=given, daemon=True)
        try:
            process.start()
        except OSError as error:  # no memory or no process left: the next one may start
            job.state, job.text = "failed", f"the replay's process could not be started: {error}"
            return
        finally:
            theirs.close()
        job.process = process
        if job.over:  # stopped while it started
            process.kill()
        with ours:
            try:
                while not job.over:
                    job.hear(self._clock(), ours.recv())
            except EOFError:
                pass
        process.join()
        if not job.over:
            job.state = "failed"
            job.text = f"the replay's process ended by itself (code {process.exitcode}): is there enough memory?"
        job.process = None
