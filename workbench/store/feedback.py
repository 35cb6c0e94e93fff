"""What rewarded answers were worth, one by one in order of time: for those who learn while they serve."""

from __future__ import annotations

from datetime import datetime

from .runs import Found, Reads

# Columns that share a reply are one answer; of a column that was tried again the last run counts. An answer that several runs share is
# judged once by each judge: the first score of it counts, and a later one of another run tells nothing new.
_FEEDBACK = """
with voted as (
  select v.id, v.created_at as told_at, r.letter, r.model, r.text, r.category, r.prompt_key,
    case when v.choice = 'tie' then 0.5 when v.choice in ('both_bad', 'all_bad') then 0.0
      else list_contains(from_json(v.winners, '["varchar"]'), r.id)::int::double end as reward,
    row_number() over (partition by v.id, r.letter order by r.created_at desc, r.id desc) as latest
  from votes v join open_runs r on r.battle_id = v.battle_id
  where v.kind = 'vote' and v.created_at >= $1
), judged as (
  select j.id, j.created_at as told_at, r.model, r.category, r.prompt_key, j.quality as reward,
    row_number() over (partition by r.prompt_key, r.model, r.text, j.judge, j.rubric_key order by j.created_at, j.id) as nth
  from judgements j join open_runs r on r.id = j.run_id where j.measured
), told as (
  select 'vote ' || id || ' ' || min(letter) as id, told_at, model, category, prompt_key, max(reward) as reward
  from voted where latest = 1 group by voted.id, told_at, model, text, category, prompt_key
  union all
  select 'run ' || o.run_id, o.created_at, r.model, r.category, r.prompt_key, o.quality
  from observations o join runs r on r.id = o.run_id where o.created_at >= $1
  union all
  select 'judged ' || id, told_at, model, category, prompt_key, reward from judged where nth = 1 and told_at >= $1
), latest as (select * from told where model <> '' order by told_at desc, id desc limit $2)
select t.id, t.told_at, t.model, t.category, t.reward, p.key, p.messages
from latest t join prompts p on p.key = t.prompt_key order by t.told_at, t.id
"""


async def feedback(store: Reads, since: datetime, most: int) -> list[Found]:
    """Answers voted on, graded or judged since then, the oldest first: id, told_at, model, category, reward (0..1), key, messages. Of more
    than `most` the latest."""
    return await store.read(_FEEDBACK, [since, most])
