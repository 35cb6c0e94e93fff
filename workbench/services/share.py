"""Within one comparison, equal calls are one call: columns that ask the same model the same thing share the reply.

One task reads upstream; every reader sees all of it from the beginning, whenever it came. Words after the first are
gathered for 30 ms: what a page shows every 50 ms need not cost a wake-up for each token. Upstream is cancelled when
the last reader has left. A failure is told to its readers and forgotten: a retry asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from workbench.errors import BadReply, CallError
from workbench.events import Delta
from workbench.session import Provider
from workbench.types import Call, Reply

GATHER_S = 0.03


class Source:
    """One upstream call and those who read it."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.items: list[Delta | Reply] = []
        self.error: CallError | None = None
        self.readers = 0
        self.total_readers = 0
        self.task: asyncio.Task[None] | None = None
        self._sleepers: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None

    @property
    def ended(self) -> bool:
        return self.error is not None or self.reply is not None

    @property
    def reply(self) -> Reply | None:
        last = self.items[-1] if self.items else None
        return last if isinstance(last, Reply) else None

    async def pump(self, provider: Provider) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with aclosing(provider.stream(self.call)) as items:
                async for item in items:
                    self.items.append(item)
                    if isinstance(item, Reply) or len(self.items) == 1:
                        self._wake()
                    elif self._timer is None:
                        self._timer = loop.call_later(GATHER_S, self._wake)
            if not self.ended:
                self.error = BadReply(f"{self.call.model} ended without a reply")
        except CallError as error:
            self.error = error
        finally:
            self._wake()

    def _wake(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        sleepers, self._sleepers = self._sleepers, []
        for sleeper in sleepers:
            if not sleeper.done():
                sleeper.set_result(None)

    async def news(self) -> None:
        """Wait for the next item or the end. Raises what broke upstream if it was a bug."""
        assert self.task is not None
        if self.task.done():
            self.task.result()
            return
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.append(sleeper)
        await sleeper
        if self.task.done() and not self.ended:
            self.task.result()


class Shared:
    """A Provider in front of another, for the time of one comparison."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._sources: dict[str, Source] = {}

    def shared(self, key: str) -> bool:
        """Whether more than one reader was given the reply to this call."""
        source = self._sources.get(key)
        return source is not None and source.total_readers > 1

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        source = self._source(call)
        source.readers += 1
        source.total_readers += 1
        at = 0
        try:
            while True:
                news = source.items[at:]
                at += len(news)
                last = news.pop() if news and isinstance(news[-1], Reply) else None
                if news:
                    yield Delta("".join([item.text for item in news]))
                if last is not None:
                    yield last
                    return
                if source.error is not None:
                    raise source.error
                await source.news()
        finally:
            source.readers -= 1
            if not source.readers:
                self._leave(source)

    def _source(self, call: Call) -> Source:
        key = call.key
        source = self._sources.get(key)
        if source is None:
            source = self._sources[key] = Source(call)
            source.task = asyncio.get_running_loop().create_task(source.pump(self._provider))
            source.task.add_done_callback(lambda _: self._forget_failure(key, source))
        return source

    def _forget_failure(self, key: str, source: Source) -> None:
        if source.reply is None and self._sources.get(key) is source:  # a retry may have begun another
            del self._sources[key]

    def _leave(self, source: Source) -> None:
        if reply := source.reply:
            source.items = [Delta(reply.text), reply]  # who comes now is given all at once
        elif source.error is None and source.task is not None:
            source.task.cancel()
            self._sources.pop(source.call.key, None)
