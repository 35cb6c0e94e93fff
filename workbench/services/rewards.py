"""What answers were worth, out of the store: votes and graded observations, as outcomes that strategies learn from.

A vote makes 1 of the answers it chose, 0 of the others (of all, where all are bad), and 0.5 of all for a tie. What a judge that agrees with
people said of stored answers counts as it is, and its scores and recorded outcomes in data sets beside them: all on one scale from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.errors import BadInput
from workbench.outcomes import Outcomes, dtypes
from workbench.recorded import Recorded
from workbench.store.runs import Reads

# Columns that share a reply are one answer; of a column that was tried again the last run counts.
_WORTH = """
with voted as (
  select v.id, r.letter, r.model, r.text, r.category, r.cost_usd, p.text as prompt,
    case when v.choice = 'tie' then 0.5 when v.choice in ('both_bad', 'all_bad') then 0.0
      else list_contains(from_json(v.winners, '["varchar"]'), r.id)::int::double end as quality,
    row_number() over (partition by v.id, r.letter order by r.created_at desc, r.id desc) as latest
  from votes v join open_runs r on r.battle_id = v.battle_id join prompts p on p.key = r.prompt_key
  where v.kind = 'vote' and v.created_at >= $1
)
select 'vote ' || id || ' ' || min(letter) as query_id, model, text as response, category, prompt,
  max(cost_usd) as cost_usd, max(quality) as quality
from voted where latest = 1 and model <> '' group by id, model, text, category, prompt
union all
select 'run ' || o.run_id, r.model, r.text, r.category, p.text, r.cost_usd, o.quality
from observations o join runs r on r.id = o.run_id join prompts p on p.key = r.prompt_key
where r.model <> '' and o.created_at >= $1
union all -- an answer that several runs share is one; of several judges the last counts
select 'judged ' || min(j.run_id), r.model, r.text, any_value(r.category), p.text, max(r.cost_usd), max_by(j.quality, j.created_at)
from judgements j join open_runs r on r.id = j.run_id join prompts p on p.key = r.prompt_key
where r.model <> '' and j.measured and j.created_at >= $1 group by p.key, p.text, r.model, r.text
order by 1, 2
"""
COLUMNS = ("query_id", "model", "response", "category", "prompt", "cost_usd", "quality")


async def worth(store: Reads, since: datetime) -> list[dict[str, Any]]:
    """Rows of outcomes, one for each answer that was voted on, graded or judged since then."""
    return await store.read(_WORTH, [since])


def gathered(rows: Sequence[dict[str, Any]], sets: Sequence[Outcomes]) -> Recorded:
    """These rows and the scored answers of these data sets, as one. Raises BadInput where there is nothing."""
    import polars as pl

    frames = [pl.DataFrame([{c: row[c] for c in COLUMNS} for row in rows], schema={c: dtypes()[c] for c in COLUMNS})]
    for one in sets:
        named = one.frame.select(COLUMNS).with_columns(
            pl.format("{} {}", pl.lit(one.name), "query_id").alias("query_id")
        )
        frames.append(named.filter(pl.col("quality").is_not_null()))
    found = pl.concat(frames)
    if found.is_empty():
        raise BadInput(
            "there is nothing to learn from yet: no vote, no graded answer; vote, or name a scored data set (--data)"
        )
    found = found.with_columns(pl.lit(None, d).alias(c) for c, d in dtypes().items() if c not in COLUMNS)
    return Outcomes("rewards", Path("rewards"), found.select(list(dtypes()))).recorded()
