"""A provider that checks answers while they stream: nothing is passed on before the words around it are known.

By the sentence where names or harm are looked for, else by the word, some 80 characters behind the model. What the policy
redacts is replaced, what it refuses ends the call before it reaches the reader. Calls whose words no reader gets are left alone.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from workbench.errors import Refused
from workbench.events import Delta
from workbench.session import Provider
from workbench.types import Call, Reply

from .guard import Guard

READ = ("answer", "draft")
"""Roles of calls whose words a reader may get: a draft may be accepted as the answer."""
SENTENCE = re.compile(r"[.!?…][\"')\]*]*\s|[。！？]|\n")
SPACE = re.compile(r"\s")
BEHIND = 80
"""Characters held back where words will do: more than any secret with spaces in it has."""
LONGEST = 1200
"""Characters without the end of a sentence after which a word's end will do."""
GROWTH = 1.1
"""By how much that has to grow before it is looked at again: looking is linear in what is held."""
CONTEXT = 200
"""Characters before a piece that are looked at with it."""


@dataclass(frozen=True)
class Screened:
    provider: Provider
    guard: Guard

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        window = Window(self.guard) if call.role in READ and self.guard.reads_answers else None
        async with aclosing(self.provider.stream(call)) as items:
            async for item in items:
                if window is None:
                    yield item
                elif isinstance(item, Delta):
                    yield Delta(await window.add(item.text), came=len(item.text) if item.came is None else item.came)
                else:
                    if rest := await window.end(item.text):
                        yield Delta(rest, came=0)
                    yield item if window.unchanged else replace(item, text=window.passed)


class Window:
    """The words of one answer that came and were not passed on yet."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._held = ""
        self._look_at = 0
        """Characters held from which on looking is worth its time."""
        self._context = ""
        self._came = ""
        self.passed = ""
        """What the reader has, placeholders in place."""

    @property
    def unchanged(self) -> bool:
        return self.passed == self._came

    async def add(self, text: str) -> str:
        """What may be passed on now. Raises Refused where the policy ends it here."""
        self._came += text
        self._held += text
        if len(self._held) < self._look_at:
            return ""
        cut = self._cut()
        self._look_at = 0 if cut or len(self._held) <= LONGEST else int(GROWTH * len(self._held))
        return await self._release(cut) if cut else ""

    async def end(self, whole: str) -> str:
        """The rest. `whole`: the answer as its reply has it, which is what counts where no words came before."""
        if whole.startswith(self._came):
            self._held += whole[len(self._came) :]
            self._came = whole
        return await self._release(len(self._held)) if self._held else ""

    def _cut(self) -> int:
        """How much of what is held ends where it may be looked at by itself."""
        held, sentences = self._held, self._guard.reads_sentences
        if sentences and len(held) <= LONGEST:
            cut = max((found.end() for found in SENTENCE.finditer(held)), default=0)
        else:
            cut = _word(held, max(0, len(held) - BEHIND))
        for start, end in sorted(self._guard.ends(held), reverse=True):
            if start < cut and (cut < end or end == len(held)):
                cut = _word(held, start)
        return cut

    async def _release(self, cut: int) -> str:
        piece, self._held = self._held[:cut], self._held[cut:]
        read, refused = await asyncio.to_thread(self._guard.after, piece, self._context)
        if refused:
            raise Refused(f"the answer was stopped: {self._guard.policy.reason(refused)} ({refused})")
        self._context = (self._context + piece)[-CONTEXT:]
        self.passed += read
        return read


def _word(text: str, before: int) -> int:
    """Where the last word that begins before there begins: the half of a word may look like what the whole is not."""
    return max((found.end() for found in SPACE.finditer(text, 0, before)), default=0)
