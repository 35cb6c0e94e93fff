"""What judges said of stored answers: which answers wait for one, and its scores as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from workbench.types import content_key

from .history import Filter, condition
from .record import Row, row_of
from .runs import Found, Reads


@dataclass(frozen=True, slots=True)
class Judgement:
    run_id: str
    judge: str
    """Id of the model."""
    rubric: str
    """Name and version."""
    rubric_key: str
    measured: bool
    """It was known to agree with people: only then it counts."""
    quality: float
    levels: Mapping[str, int]
    reason: str
    cost_usd: float
    """Of judging; 0 where the same answer of another run bears it."""


def judgement_row(made: Judgement, now: datetime) -> Row:
    id = content_key([made.run_id, made.judge, made.rubric_key, made.measured])
    return row_of("judgements", made, id=id, created_at=now)


_WAITING = """
select any_value(p.messages) as messages, r.prompt_key, r.text, list(r.id order by r.created_at, r.id) as runs
from open_runs r join prompts p on p.key = r.prompt_key
where r.text <> '' and r.model <> '' and r.error = '' and r.source <> 'experiment' and {where}
  and not exists (select 1 from judgements j where j.run_id = r.id and j.judge = ? and j.rubric_key = ? and (j.measured or not ?))
group by r.prompt_key, r.text order by min(r.created_at), r.prompt_key, r.text limit ?
"""


async def waiting(
    store: Reads, judge: str, rubric_key: str, wanted: Filter, limit: int, *, measured: bool
) -> list[Found]:
    """{messages, prompt_key, text, runs} of answers that this judge has not scored, the oldest first; the same answer once, with its runs.

    A judge that is `measured` by now has what it said before waiting too. Cases of experiments are left out: those are graded. Sealed battles wait for their vote.
    """
    where, params = condition(wanted)
    return await store.read(_WAITING.format(where=where), [*params, judge, rubric_key, measured, limit])
