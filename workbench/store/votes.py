"""Votes: what people, or the equality of two replies, decided about a battle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .record import Row, row_of
from .runs import Found, Reads

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
    return row_of("votes", ballot, id=vote_id, created_at=now)


_VOTED = """
select v.id, v.created_at as voted_at, r.letter, r.strategy, r.model, r.text, r.category, r.prompt_key, r.cost_usd,
  case when v.choice = 'tie' then 0.5 when v.choice in ('both_bad', 'all_bad') then 0.0
    else list_contains(from_json(v.winners, '["varchar"]'), r.id)::int::double end as quality
from votes v join open_runs r on r.battle_id = v.battle_id
where v.kind = 'vote' and {where}
qualify row_number() over (partition by v.id, r.letter order by r.created_at desc, r.id desc) = 1
"""


def voted(where: str = "true") -> str:
    """SQL of every answer that was voted on and what that made it worth: 1 where it was chosen, 0 where another was or all are bad, a
    half for a tie. Of a column that was tried again the last run counts. `where` speaks of votes `v`, in our words."""
    return _VOTED.format(where=where)


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


# First turns: what a follow-up was asked about differs from column to column. Of three columns or four, the winner beat each
# other one, and of these nothing is known.
_PAIRS = """
with latest as (
  select r.*, row_number() over (partition by r.battle_id, r.letter order by r.created_at desc, r.id desc) as nth
  from open_runs r where r.battle_id is not null
)
select a.prompt_key as query_id, p.text as prompt, a.model as model_a, b.model as model_b, a.text as response_a,
  b.text as response_b, v.voter as annotator, a.category, 'human' as judge, 'own' as dataset,
  case when v.choice = 'tie' then 'tie' when v.choice in ('both_bad', 'all_bad') then 'both_bad'
    when list_contains(from_json(v.winners, '["varchar"]'), a.id) then 'model_a' else 'model_b' end as winner
from votes v join battles on battles.id = v.battle_id
join latest a on a.battle_id = v.battle_id and a.nth = 1 join latest b on b.battle_id = v.battle_id and b.nth = 1
join prompts p on p.key = a.prompt_key
where v.kind = 'vote' and battles.turn = 0 and a.letter < b.letter and a.text <> '' and b.text <> ''
  and (v.choice in ('tie', 'both_bad', 'all_bad')
    or list_contains(from_json(v.winners, '["varchar"]'), a.id) <> list_contains(from_json(v.winners, '["varchar"]'), b.id))
order by v.created_at, v.id
"""


async def pairs(store: Reads) -> list[Found]:
    """Every two answers of a first turn that were voted on, one beside the other: who won, the texts, the models and the voter."""
    return await store.read(_PAIRS)
