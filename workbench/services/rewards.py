"""What answers were worth, out of the store: votes, graded observations and judge scores, as outcomes that strategies learn from.

A vote makes 1 of the answers it chose, 0 of the others (of all, where all are bad), and 0.5 of all for a tie: it is worth something
beside the other answers to its prompt only. What a grader or a judge that agrees with people said counts as it is. Each kind is told
by itself, answers to one prompt stand together, and an answer whose model was drawn has the chance that was logged: who reads them
can compare like with like. A model that a rule chose, alone, says nothing of the others: such answers are left out, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import BadInput
from workbench.outcomes import Outcomes, dtypes
from workbench.recorded import Recorded
from workbench.store.runs import Reads

# Columns that share a reply are one answer; of a column that was tried again the last run counts. A model is drawn by the only
# decision of its run, or by the assignment of an experiment to an arm that always asks the same one.
_WORTH = """
with voted as (
  select v.id, r.letter, r.model, r.text, r.category, r.cost_usd, p.text as prompt,
    case when v.choice = 'tie' then 0.5 when v.choice in ('both_bad', 'all_bad') then 0.0
      else list_contains(from_json(v.winners, '["varchar"]'), r.id)::int::double end as quality,
    row_number() over (partition by v.id, r.letter order by r.created_at desc, r.id desc) as latest
  from votes v join open_runs r on r.battle_id = v.battle_id join prompts p on p.key = r.prompt_key
  where v.kind = 'vote' and v.created_at >= $1
), drawn as (
  select run_id, any_value(model) as model, any_value(propensity) as chance
  from decisions group by run_id having count(*) = 1 and any_value(propensity) < 1
), arms as (
  select o.experiment_id, o.arm from observations o join runs r on r.id = o.run_id
  group by all having count(distinct r.model) = 1 and max(o.propensity) < 1
), found as (
  select 'vote ' || id as query_id, model, text, category, prompt, max(cost_usd) as cost_usd, max(quality) as quality,
    null::double as chance, 'votes' as kind
  from voted where latest = 1 group by id, model, text, category, prompt
  union all
  select 'run ' || o.experiment_id || ' ' || o.case_id, r.model, r.text, r.category, p.text, r.cost_usd, o.quality,
    case when d.model = r.model then d.chance when a.arm is not null then o.propensity end, 'grades of ' || o.experiment_id
  from observations o join runs r on r.id = o.run_id join prompts p on p.key = r.prompt_key
    left join drawn d on d.run_id = r.id left join arms a on a.experiment_id = o.experiment_id and a.arm = o.arm
  where o.created_at >= $1
  union all -- an answer that several runs share is one; of several judges the last counts
  select 'judged ' || coalesce(min(r.battle_id), p.key), r.model, r.text, any_value(r.category), p.text, max(r.cost_usd),
    max_by(j.quality, j.created_at), case when count(*) = count(d.chance) then min(d.chance) end,
    'the judge ' || max_by(j.judge, j.created_at)
  from judgements j join open_runs r on r.id = j.run_id join prompts p on p.key = r.prompt_key
    left join drawn d on d.run_id = r.id and d.model = r.model
  where j.measured and j.created_at >= $1 group by p.key, p.text, r.model, r.text
)
select query_id, model, min(text) as response, min(category) as category, min(prompt) as prompt, max(cost_usd) as cost_usd,
  avg(quality) as quality, min(chance) as chance, min(kind) as kind
from found where model <> '' group by query_id, model order by query_id, model
"""
COLUMNS = ("query_id", "model", "response", "category", "prompt", "cost_usd", "quality")


async def worth(store: Reads, since: datetime) -> list[dict[str, Any]]:
    """Rows of outcomes, one for each prompt and model that was voted on, graded or judged since then, by each kind."""
    return await store.read(_WORTH, [since])


def gathered(rows: Sequence[dict[str, Any]], sets: Sequence[Outcomes]) -> tuple[Recorded, int]:
    """These rows and the scored answers of these data sets, as one, and how many answers were left out: those that tell no model
    from another. Raises BadInput where nothing is left."""
    import polars as pl

    frames = [pl.DataFrame([{c: row[c] for c in COLUMNS} for row in rows], schema={c: dtypes()[c] for c in COLUMNS})]
    for one in sets:
        named = one.frame.select(COLUMNS).with_columns(
            pl.format("{} {}", pl.lit(one.name), "query_id").alias("query_id")
        )
        frames.append(named.filter(pl.col("quality").is_not_null()))
    found = pl.concat(frames)
    whole = _recorded(rows, found) if len(found) else None
    if whole is None or not whole.telling.any():
        alone = f" ({len(found):,} answers to prompts that one model answered, by rule, say nothing of the others)"
        raise BadInput(
            "there is nothing to learn from yet: no vote, no graded answer; vote, or name a scored data set (--data)"
            + alone * bool(len(found))
        )
    kept = whole.take(whole.telling)
    return kept, len(found) - answers(kept)


def answers(recorded: Recorded) -> int:
    """How many have a score."""
    return int((~np.isnan(recorded.quality)).sum())


def _recorded(rows: Sequence[dict[str, Any]], found: Any) -> Recorded:
    """With the kind and the chance of each row; the data sets are a kind of their own."""
    import polars as pl

    found = found.with_columns(pl.lit(None, d).alias(c) for c, d in dtypes().items() if c not in COLUMNS)
    made = Outcomes("rewards", Path("rewards"), found.select(list(dtypes()))).recorded()
    kinds = {row["query_id"]: row["kind"] for row in rows}
    chances = {(row["query_id"], row["model"]): row["chance"] for row in rows if row["chance"] is not None}
    chance = np.array([[chances.get((p.id, m), np.nan) for m in made.ids] for p in made.prompts])
    return replace(made, chance=chance, kinds=np.array([kinds.get(p.id, "") for p in made.prompts], dtype=object))
