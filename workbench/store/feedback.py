"""What rewarded answers were worth, one by one in order of time: for those who learn while they serve."""

from __future__ import annotations

from datetime import datetime

from .runs import Found, Reads
from .votes import voted

# Columns that share a reply are one answer. An answer that several runs share is judged once by each judge: the first score of it
# counts, and a later one of another run tells nothing new.
_FEEDBACK = f"""
with voted as ({voted("v.created_at >= $1")}), judged as (
  select j.id, j.created_at as told_at, r.model, r.category, r.prompt_key, j.quality as reward,
    row_number() over (partition by r.prompt_key, r.model, r.text, j.judge, j.rubric_key order by j.created_at, j.id) as nth
  from judgements j join open_runs r on r.id = j.run_id where j.measured
), told as (
  select 'vote ' || id || ' ' || min(letter) as id, voted_at as told_at, model, category, prompt_key, max(quality) as reward
  from voted group by voted.id, voted_at, model, text, category, prompt_key
  union all
  select 'run ' || o.run_id, o.created_at, r.model, r.category, r.prompt_key, o.quality
  from observations o join runs r on r.id = o.run_id where o.created_at >= $1
  union all
  select 'judged ' || id, told_at, model, category, prompt_key, reward from judged where nth = 1 and told_at >= $1
), latest as (select * from told where model <> '' order by told_at desc, id desc limit $2)
select t.id, t.told_at, t.model, t.category, t.reward, p.key, p.messages
from latest t join prompts p on p.key = t.prompt_key order by t.told_at, t.id
"""  # noqa: S608 - no word of it is anybody's but ours


async def feedback(store: Reads, since: datetime, most: int) -> list[Found]:
    """Answers voted on, graded or judged since then, the oldest first: id, told_at, model, category, reward (0..1), key, messages. Of more
    than `most` the latest."""
    return await store.read(_FEEDBACK, [since, most])
