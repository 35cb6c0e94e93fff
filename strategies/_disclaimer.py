"""A provider whose answers end with a text: added where the model did not say it by itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from workbench.events import Delta
from workbench.session import Provider
from workbench.types import Call, Reply

READ = ("answer", "draft")
"""Roles of calls whose words a reader may get: a draft may be accepted as the answer."""


@dataclass(frozen=True)
class Disclaiming:
    provider: Provider
    disclaimer: str

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        async with aclosing(self.provider.stream(call)) as items:
            async for item in items:
                if isinstance(item, Reply) and self._lacking(call, item):
                    added = f"\n\n{self.disclaimer}"
                    yield Delta(added, came=0)
                    item = replace(item, text=item.text + added)
                yield item

    def _lacking(self, call: Call, reply: Reply) -> bool:
        """A call of tools says nothing to anybody yet."""
        said = " ".join(reply.text.split())
        return call.role in READ and reply.finish != "tool_calls" and " ".join(self.disclaimer.split()) not in said
