"""What answers were worth by votes, grades and judges, one row for each prompt and model: for those who are fitted to it."""

from __future__ import annotations

from datetime import datetime

from .runs import Found, Reads
from .votes import voted

# Columns that share a reply are one answer. A model is drawn by the only decision of its run, or by the assignment of an experiment
# to an arm that always asks the same one.
_WORTH = f"""
with voted as ({voted("v.created_at >= $1")}), drawn as (
  select run_id, any_value(model) as model, any_value(propensity) as chance
  from decisions group by run_id having count(*) = 1 and any_value(propensity) < 1
), arms as (
  select o.experiment_id, o.arm from observations o join runs r on r.id = o.run_id
  group by all having count(distinct r.model) = 1 and max(o.propensity) < 1
), found as (
  select 'vote ' || v.id as query_id, v.model, v.text, v.category, p.text as prompt, max(v.cost_usd) as cost_usd,
    max(v.quality) as quality, null::double as chance, 'votes' as kind
  from voted v join prompts p on p.key = v.prompt_key group by v.id, v.model, v.text, v.category, p.text
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
"""  # noqa: S608 - no word of it is anybody's but ours


async def worth(store: Reads, since: datetime) -> list[Found]:
    """Rows of outcomes, one for each prompt and model that was voted on, graded or judged since then, by each kind."""
    return await store.read(_WORTH, [since])
