"""Shifts of prompts: whether those asked lately lie elsewhere, as embeddings, than those before them; of all prompts and by strategy.

Different prompts in the order in which each was first asked are cut into windows, and each window is held once against those before it
(metrics/drift.py), back to the last shift. At a level of .001 one window in a thousand is called without a shift, however often is looked.

Measured by `workbench bench drift` on our own labelled prompts, 30 windows each: none is called without a shift, and where one of nine kinds
grows from a ninth to a half of all prompts every window is called where prompts are drawn one by one, and one in six where people ask about
five of a kind in a row. Hotelling's test calls half of the windows there without any shift, which is why batches are dealt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from textwrap import shorten
from typing import Any

import numpy as np

from workbench.embed import Vectors, shared
from workbench.metrics.drift import shift
from workbench.store import Store
from workbench.store.shifts import Shifted, asked, shift_row, shifts

Row = Mapping[str, Any]
WINDOW = 200
"""Prompts that are compared at a time."""
REFERENCE = 1000
"""Prompts that they are held against, at most."""
LOOKED = 10
"""Windows that are looked at: who asks more than so many between two looks hears of the last ones."""
STRATEGIES = 8
"""The most used ones are looked at by themselves."""
EXAMPLE = 80
"""Characters of an example."""


async def look(store: Store, now: Callable[[], datetime]) -> None:
    """Write what has shifted into the store, each shift once. Prompts are embedded that are not known; none where there are too few."""
    rows = await asked(store, WINDOW, LOOKED + REFERENCE // WINDOW, STRATEGIES)
    if rows:
        known = await shifts(store)
        found = await asyncio.to_thread(_found, rows, known)
        await store.append([shift_row(one, now()) for one in found])


def _found(rows: Sequence[Row], known: Sequence[Row]) -> list[Shifted]:
    texts = list({row["prompt_key"]: row["text"] for row in rows}.items())
    vectors = dict(zip((key for key, _ in texts), shared().embed([text for _, text in texts]), strict=True))
    found: list[Shifted] = []
    streams = {strategy: list(group) for strategy, group in groupby(rows, key=lambda row: row["strategy"])}
    for strategy, stream in streams.items():
        if strategy and _keys(stream) == _keys(streams[""]):
            continue  # it is asked all there is: one shift is told once
        ends = {row["n"] for row in known if row["strategy"] == strategy}
        found += shifted(stream, np.stack([vectors[row["prompt_key"]] for row in stream]), ends)
    return found


def shifted(stream: Sequence[Row], vectors: Vectors, ends: set[int]) -> Iterator[Shifted]:
    """New shifts in whole windows of one stream that follow one another; `ends` are the last places of the windows known to have shifted.

    A window is only compared where the stream reaches as far back as its reference does, so that it is always held against the same.
    """
    ends, first = set(ends), stream[0]["n"] - 1
    for end in range(first + 2 * WINDOW, first + len(stream) + 1, WINDOW):
        begin = end - WINDOW
        since = max([begin - REFERENCE, 0, *(n - WINDOW for n in ends if n <= begin)])
        if end in ends or since < first:
            continue
        before, window = vectors[since - first : begin - first], vectors[begin - first : end - first]
        found = shift(before, window)
        if found.called:
            ends.add(end)
            typical = int((window @ (window.mean(axis=0) - before.mean(axis=0))).argmax())
            example, last = stream[begin - first + typical]["prompt_key"], _time(stream[end - first - 1]["asked_at"])
            who = stream[0]["strategy"]
            yield Shifted(who, end, len(before), WINDOW, found.statistic, found.p_value, example, last)


def _keys(stream: Sequence[Row]) -> list[str]:
    return [row["prompt_key"] for row in stream]


def told(found: Row) -> str:
    """One shift in a sentence."""
    whose = f"Prompts of {found['strategy']} have" if found["strategy"] else "Prompts have"
    like = shorten(found["text"] or "", EXAMPLE, placeholder="…")
    example = f"; typical of the new ones: “{like}”" if like else ""
    until = str(found["last_at"])[:16].replace("T", " ")
    return f"{whose} shifted: the {found['window_n']:,} until {until} UTC are unlike the {found['before_n']:,} before them{example}."


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
