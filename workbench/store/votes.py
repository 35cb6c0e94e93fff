"""Votes: what people, or the equality of two replies, decided about a battle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .record import Row
from .runs import Reads

Kind = Literal["vote", "agreement", "skip"]


@dataclass(frozen=True, slots=True)
class Ballot:
    battle_id: str
    comparison_id: str
    experiment_id: str
    kind: Kind
    choice: str = ""
    """A letter, tie, both_bad or all_bad; empty unless someone voted."""
    winners: tuple[str, ...] = ()
    """Run ids."""
    losers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    comment: str = ""
    blind: bool = False
    voter: str = ""
    """A pseudonym; never a name or an address."""


def vote_row(vote_id: str, ballot: Ballot, now: datetime) -> Row:
    return "votes", {
        "id": vote_id,
        "battle_id": ballot.battle_id,
        "comparison_id": ballot.comparison_id,
        "experiment_id": ballot.experiment_id,
        "kind": ballot.kind,
        "choice": ballot.choice,
        "winners": list(ballot.winners),
        "losers": list(ballot.losers),
        "tags": list(ballot.tags),
        "comment": ballot.comment,
        "blind": ballot.blind,
        "voter": ballot.voter,
        "created_at": now,
    }


_CROWD = """
with columns as (
  select b.id, list_sort(list_distinct(from_json(json_extract(b.columns, '$[*].spec_key')::json, '["varchar"]'))) as keys
  from battles b
),
cast_ as (
  select v.choice, v.winners from votes v join columns c on c.id = v.battle_id
  where v.kind = 'vote' and c.keys = list_sort(list_distinct($1::varchar[]))
),
won as (
  select coalesce(r.spec_key, c.choice) as what, c.choice as choice
  from cast_ c left join runs r on c.choice not in ('tie', 'both_bad', 'all_bad')
    and r.id = json_extract_string(c.winners, '$[0]')
)
select case when choice = 'tie' then 'tie' when choice in ('both_bad', 'all_bad') then 'bad' else what end as outcome,
  count(*) as votes
from won group by 1 order by 1
"""


async def crowd(store: Reads, spec_keys: Sequence[str]) -> dict[str, int]:
    """Votes so far on exactly these strategies, by what won: a spec's key, `tie`, `bad`."""
    return {row["outcome"]: row["votes"] for row in await store.read(_CROWD, [list(spec_keys)])}
