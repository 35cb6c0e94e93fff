"""Ask a provider in a test: everything it yields, or the error it ends with."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

from workbench.errors import CallError
from workbench.events import Delta
from workbench.session import Provider
from workbench.types import Call, Reply, user


def call(text: str = "Say hello.", model: str = "m", **params: Any) -> Call:
    return Call(model, (user(text),), params)


async def ask(provider: Provider, asked: Call | None = None) -> tuple[list[str], Reply]:
    """The deltas' texts and the one reply. Fails the test when the contract is broken."""
    texts: list[str] = []
    replies: list[Reply] = []
    async with aclosing(provider.stream(asked or call())) as items:
        async for item in items:
            assert not replies, "a reply is the last thing"
            if isinstance(item, Delta):
                texts.append(item.text)
            else:
                replies.append(item)
    assert len(replies) == 1
    return texts, replies[0]


async def failure(provider: Provider, asked: Call | None = None) -> CallError:
    """The CallError that the call ends with."""
    try:
        await ask(provider, asked)
    except CallError as error:
        return error
    raise AssertionError("the call did not fail")
