"""A local model: a file of weights served by llama.cpp in a process of its own, started on first use.

The process is shared by all callers here and in this user's other processes. `Model.options` it reads: `slots`
(answers written at once, 2), `queue` (callers that may wait, 16), and what the openai provider reads.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from workbench.errors import CallError, QueueFull, ServerFailed, StreamCut
from workbench.events import Delta
from workbench.patience import queued
from workbench.types import Call, Model, Reply

from ._server import PROGRAM, Address, Server
from .openai import OpenAI

SLOTS = 2
"""More share the same cores: four answers at once are no sooner done than two and two."""
QUEUE = 16
SILENCE_S = 600.0
"""A prompt that fills the context takes minutes to read on a slow core, and nothing is sent meanwhile."""


@dataclass(frozen=True, slots=True)
class _Running:
    address: Address
    openai: OpenAI


class Local:
    """One model. `threads` is how many write an answer; 0 takes half of the cores, and all of them to read a prompt.

    Times in a Reply count from when the server was asked: waiting in the queue, and for the model to be loaded, is not its time,
    and whoever gives up meanwhile does not blame it.
    """

    def __init__(self, model: Model, weights: Path, run_dir: Path, threads: int = 0, program: Path = PROGRAM) -> None:
        self.model, self._weights = replace(model, options={"timeout_s": SILENCE_S, **model.options}), weights
        slots = int(model.options.get("slots", SLOTS))
        available = cores()
        orders = {
            "name": model.id,
            "weights": str(weights),
            "slots": slots,
            "context": model.context,
            "threads": threads or max(1, available // 2),
            "prompt_threads": threads or available,
        }
        self._server = Server(orders, run_dir, program)
        self._limit = slots + int(model.options.get("queue", QUEUE))
        self._callers = 0
        self._slots, self._starting = asyncio.Semaphore(slots), asyncio.Lock()
        self._running: _Running | None = None
        self._client: httpx.AsyncClient | None = None
        self._closed = False

    @property
    def ready(self) -> bool:
        """The model is loaded and answers at once."""
        return self._running is not None and self._running.address.alive

    @property
    def pid(self) -> int | None:
        """Of the process that serves the model, once there is one."""
        return self._running.address.pid if self._running else None

    async def warm(self) -> None:
        """Load the model now rather than at the first call. Raises ServerFailed."""
        await self._attached()

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        if self._callers >= self._limit:
            raise QueueFull(
                f"{self.model.id}: {self._callers} callers are served or waiting already; "
                f"try again shortly, choose another model, or raise `queue` in its catalog entry"
            )
        self._callers += 1
        queued(True)
        try:
            async with self._slots:
                running = await self._attached()
                queued(False)
                async with aclosing(self._asked(running, call)) as items:
                    async for item in items:
                        yield item
        finally:
            self._callers -= 1

    async def close(self) -> None:
        """Give the server up; it ends with its last user."""
        self._closed, self._running = True, None
        await asyncio.to_thread(self._server.release)
        if self._client is not None:
            await self._client.aclose()

    async def _asked(self, running: _Running, call: Call) -> AsyncGenerator[Delta | Reply]:
        """Asks once more when a live server hung up without a word, which costs nothing here."""
        for is_last in (False, True):
            begun = False
            try:
                async with aclosing(running.openai.stream(call)) as items:
                    async for item in items:
                        begun = True
                        yield item
                return
            except (ServerFailed, StreamCut) as error:
                cause = await self._cause(running, error)
                if begun or is_last or cause is not error:
                    raise cause from None

    async def _cause(self, running: _Running, error: CallError) -> CallError:
        """A crash, where that is what broke the answer."""
        if running.address.alive and await asyncio.to_thread(running.address.answers):
            return error
        if self._running is running:
            self._running = None
        return ServerFailed(f"{self.model.id}: the local model's process ended; ask again and it is started anew")

    async def _attached(self) -> _Running:
        async with self._starting:
            if self._closed:
                raise ServerFailed(f"{self.model.id}: the workbench is shutting down")
            if self._running is None or not self._running.address.alive:
                self._running = await self._attach()
            return self._running

    async def _attach(self) -> _Running:
        if not self._weights.is_file():
            raise ServerFailed(
                f"{self.model.id}: its weights are not here; run `workbench models pull {self.model.id}`"
            )
        address = await asyncio.to_thread(self._server.attach)
        if self._client is None:
            # Each call its own connection: an idle one would hold one of llama.cpp's few HTTP threads.
            self._client = httpx.AsyncClient(
                trust_env=False, limits=httpx.Limits(max_connections=None, max_keepalive_connections=0)
            )
        openai = OpenAI(self.model, base_url=f"{address.url}/v1", key=address.key, client=self._client)
        return _Running(address, openai)


def cores(quota: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Cores this process may use. A container's share counts: it still sees every core of its host."""
    seen = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        share, period = quota.read_text().split()
        return max(1, min(seen, int(share) // int(period)))
    except (OSError, ValueError):  # no control groups, or "max": no limit
        return seen
