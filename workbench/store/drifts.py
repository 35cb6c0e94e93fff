"""Changes of quality that were noticed: one row for each, whoever looks and however often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from workbench.types import content_key

from .record import Row, row_of
from .runs import Found, Reads
from .votes import voted


@dataclass(frozen=True, slots=True)
class Drift:
    strategy: str
    category: str
    """Empty: over all prompts."""
    direction: str
    """down or up"""
    baseline: float
    level: float
    """Mean quality of the last answers before it was noticed."""
    n: int
    """Answers from the baseline to the one at which it was noticed."""
    last_id: str
    """Of that answer's vote or run."""
    last_at: datetime
    evidence: str = ""
    """votes, grades, or which judge."""


def drift_row(found: Drift, now: datetime) -> Row:
    id = content_key([found.strategy, found.category, found.last_id, *([found.evidence] if found.evidence else [])])
    return row_of("drifts", found, id=id, created_at=now)


async def drifts(store: Reads, since: datetime) -> list[Found]:
    """Those noticed at answers since then, the latest first."""
    return await store.read(
        "select * from drifts where last_at >= $1 order by last_at desc, strategy, category", [since]
    )


_GRADED = f"""
select id || ' ' || letter as id, strategy, category, quality, voted_at as graded_at, 'votes' as evidence from ({voted()})
union all
select o.run_id, r.strategy, r.category, o.quality, o.created_at, 'grades'
from observations o join runs r on r.id = o.run_id
union all -- by the time of the answer: judging comes later, and whenever it is asked for
select j.id, r.strategy, r.category, j.quality, r.created_at, 'the judge ' || j.judge || ' with ' || j.rubric
from judgements j join open_runs r on r.id = j.run_id where j.measured
order by graded_at, id
"""  # noqa: S608 - no word of it is anybody's but ours


async def graded(store: Reads) -> Sequence[Found]:
    """Every answer that was voted on, graded or judged, in order of time: id, strategy, category, quality (0..1), graded_at, evidence."""
    return await store.read(_GRADED)
