"""The votes cast in this workbench, as a set like an imported one: people's winners to hold a judge against."""

from __future__ import annotations

import asyncio
from pathlib import Path

from workbench import votes
from workbench.errors import BadInput
from workbench.store import open_store
from workbench.store.runs import Reads
from workbench.votes import Votes, dtypes

NAME = "own"

# First turns: what a follow-up was asked about differs from column to column. Of three columns or four, the winner beat each
# other one, and of these nothing is known.
_OWN = """
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


async def own(store: Reads) -> Votes:
    """Raises BadInput where nobody has voted on two answers yet."""
    import polars as pl

    rows = await store.read(_OWN)
    if not rows:
        raise BadInput(
            "nobody has voted on two answers here yet: vote on the Compare page, or name an imported set of votes"
        )
    blank = dict.fromkeys(dtypes())
    return Votes(NAME, Path(NAME), pl.DataFrame([blank | row for row in rows], schema=dtypes()))


def find(name: str, home: Path) -> Votes:
    """A set by name or by its file's path, or the votes cast here. Raises BadInput."""
    if name != NAME:
        return votes.load(name, home)
    with open_store(home) as store:
        return asyncio.run(own(store))
