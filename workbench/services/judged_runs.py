"""Answers of stored runs scored by a judge, into the store: quality drift is looked for in them, and weights are learned from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.errors import BadInput
from workbench.store import Row
from workbench.store.history import Filter
from workbench.store.judgements import Judgement, judgement_row, waiting
from workbench.store.messages import parsed
from workbench.store.runs import Reads
from workbench.types import content_key

from .judge import Judge
from .judging import Judging, case

MOST = 10_000
"""Answers that are judged at a time."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Answers that wait for a judge, as it is asked about them."""

    judging: Judging
    runs: Mapping[str, Sequence[str]]
    """The runs with that answer, by case."""
    measured: bool

    @property
    def journal(self) -> str:
        """Name of the journal that all judging of runs by this judge and rubric goes on in."""
        return f"runs-{self.judging.judge.model.id}-{self.judging.judge.rubric.key[:12]}"


async def of_runs(
    store: Reads, judge: Judge, wanted: Filter, limit: int | None = None, *, measured: bool = True
) -> Waiting:
    """`measured`: how far the judge agrees with people is known. Raises BadInput where none waits."""
    most = min(limit or MOST, MOST)
    found = await waiting(store, judge.model.id, judge.rubric.key, wanted, most, measured=measured)
    if not found:
        raise BadInput(f"no stored answer waits for {judge.model.id}: ask something first, or widen the filters")
    ids = [content_key([row["prompt_key"], row["text"]]) for row in found]
    cases = [case(id, parsed(row["messages"]), [row["text"]], judge.model) for id, row in zip(ids, found, strict=True)]
    runs = {id: row["runs"] for id, row in zip(ids, found, strict=True)}
    return Waiting(Judging(judge, {"runs": "stored"}, cases), runs, measured)


def rows(asked: Waiting, lines: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Row]:
    """Of a journal's lines: one for every run whose answer was scored."""
    judge = asked.judging.judge
    rubric = f"{judge.rubric.name} {judge.rubric.version}"
    for line in lines:
        if line["error"] is None:
            for i, run in enumerate(asked.runs.get(line["query_id"], ())):
                spent = line["cost_usd"] if i == 0 else 0.0
                said = (line["quality"], line["levels"], line["reason"], spent)
                yield judgement_row(
                    Judgement(run, judge.model.id, rubric, judge.rubric.key, asked.measured, *said), now
                )
