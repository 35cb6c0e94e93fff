"""The steps that lead from an empty file to today's tables. A step that was released is never changed: add one.

A column's `--` comment becomes its COMMENT in the database, and from there the schema page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TABLE = re.compile(r"^create (table|view) (\w+)[^\n]*-- (.+)$", re.MULTILINE)
_COLUMN = re.compile(r"^  (\w+) [^\n]*-- (.+)$", re.MULTILINE)


def first(connection: DuckDBPyConnection) -> None:
    """Everything of the first release."""
    for statement in _FIRST.strip().split("\n\n"):
        create(connection, statement)


def create(connection: DuckDBPyConnection, statement: str) -> None:
    """Run one CREATE and keep its `--` comments in the catalog. Statements are our own, never input."""
    connection.execute(statement)
    found = _TABLE.search(statement)
    if not found:
        raise ValueError(f"say after -- what this is for: {statement[:60]}")
    kind, table, about = found.groups()
    comments = [f"comment on {kind} {table} is '{_quoted(about)}'"]
    if kind == "table":
        comments += [
            f"comment on column {table}.{column} is '{_quoted(text)}'" for column, text in _COLUMN.findall(statement)
        ]
    connection.execute("; ".join(comments))


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def observations(connection: DuckDBPyConnection) -> None:
    """What experiments that assign strategies to cases saw."""
    create(connection, _OBSERVATIONS)
    connection.execute("comment on column experiments.kind is 'compare, ask or experiment'")


def drifts(connection: DuckDBPyConnection) -> None:
    """Changes of quality that were noticed."""
    create(connection, _DRIFTS)


def shifts(connection: DuckDBPyConnection) -> None:
    """Shifts of prompts that were noticed."""
    create(connection, _SHIFTS)


def judgements(connection: DuckDBPyConnection) -> None:
    """What judges said of stored answers; and by which evidence a drift was noticed."""
    create(connection, _JUDGEMENTS)
    connection.execute("alter table drifts add column evidence varchar default ''")
    connection.execute(
        "comment on column drifts.evidence is 'votes, grades, or which judge; empty: votes and grades together'"
    )


MIGRATIONS: tuple[Callable[[DuckDBPyConnection], None], ...] = (first, observations, drifts, shifts, judgements)
"""Number n is MIGRATIONS[n - 1]."""

_FIRST = """
create table specs ( -- What is compared: a strategy with its parameters, its pool and the pool's prices.
  key varchar primary key, -- hash of the other columns' content
  strategy varchar not null, -- its name
  params json not null, -- {parameter: value}
  pool json not null, -- [model id], in the user's order
  prices json not null, -- {model id: [USD per million tokens in, out]}
  created_at timestamptz not null -- when first used
)

create table prompts ( -- What was asked: whole conversations up to the question, each stored once.
  key varchar primary key, -- hash of the messages
  text varchar not null, -- the last message of the user
  messages json not null, -- [message], as OpenAI's API writes them
  category varchar not null default '', -- as chosen or classified when first asked
  source varchar not null default '', -- where it came from: compare, ask, a file's name
  created_at timestamptz not null -- when first asked
)

create table experiments ( -- Battles and runs made with the same setup; a Weights & Biases run mirrors one.
  id varchar primary key, -- time-ordered (UUID 7)
  kind varchar not null, -- compare or ask
  name varchar not null default '', -- shown to people
  note varchar not null default '', -- what was learned, negative results included
  seed bigint, -- of everything random, where one was set
  specs json not null, -- [specs.key], in the user's order
  settings json not null, -- system prompt, temperature, max_tokens, budget, blind
  created_at timestamptz not null -- when it began
)

create table battles ( -- One prompt answered by all columns of a comparison: one turn of its conversation.
  id varchar primary key, -- time-ordered (UUID 7)
  comparison_id varchar not null, -- the conversation; part of its permalink
  turn integer not null, -- from 0
  experiment_id varchar not null, -- experiments.id
  prompt_key varchar not null, -- prompts.key of the first column (follow-ups carry each column's own history)
  blind boolean not null, -- columns had no names until the vote
  columns json not null, -- [{letter, run_id, spec_key}]; a retry's run is found by letter in runs
  created_at timestamptz not null -- when asked
)

create table runs ( -- One strategy answering one prompt.
  id varchar primary key, -- time-ordered (UUID 7)
  battle_id varchar, -- battles.id; NULL outside a comparison
  experiment_id varchar, -- experiments.id
  letter varchar not null default '', -- column within its battle: A to D
  spec_key varchar not null, -- specs.key
  prompt_key varchar not null, -- prompts.key
  strategy varchar not null, -- name of the strategy
  model varchar not null default '', -- id of the model whose answer was given; empty when none was
  label varchar not null default '', -- class the strategy put the prompt in
  category varchar not null default '', -- the prompt's category
  text varchar not null default '', -- the answer, or as much of it as came
  tokens_in bigint not null default 0, -- of all calls
  tokens_out bigint not null default 0, -- of all calls
  cost_usd double not null default 0, -- of all calls, failed ones too; a shared reply counts in every column that shows it
  nominal boolean not null default false, -- some price in it is made up (local models)
  latency_s double not null default 0, -- start to end
  ttft_s double, -- start to the first word the user could read
  error varchar not null default '', -- what ended the run, as the user read it
  error_kind varchar not null default '', -- timeout, rate_limited, stopped, ...
  shared boolean not null default false, -- its reply was shared with an equal call of another column
  source varchar not null default '', -- compare, ask, gateway, ...
  created_at timestamptz not null -- when it ended
)

create table calls ( -- Every request of a run to a model: answers, drafts, checks, failures.
  id varchar primary key, -- time-ordered (UUID 7)
  run_id varchar not null, -- runs.id
  n integer not null, -- order within the run, from 0
  key varchar not null, -- hash of what the model was sent
  model varchar not null, -- model id
  role varchar not null, -- answer, draft, check or judge
  sample integer not null default 0, -- number of the repetition of an equal call
  params json not null, -- request fields (temperature, max_tokens, tools, ...)
  messages json, -- what was sent; NULL when it was the prompt as it is
  text varchar not null default '', -- what came back
  tokens_in bigint not null default 0, -- prompt tokens
  tokens_out bigint not null default 0, -- completion tokens
  estimated boolean not null default false, -- tokens are our estimate: the vendor did not count
  cost_usd double not null default 0, -- settled, also for failed calls
  started_s double not null default 0, -- seconds since the run began
  latency_s double, -- sending to the last token; NULL when it never ended
  ttft_s double, -- sending to the first token
  logprob double, -- mean log-probability of the answer's tokens
  finish varchar not null default '', -- stop, length or tool_calls
  error varchar not null default '', -- why it failed
  error_kind varchar not null default '' -- kind of failure
)

create table decisions ( -- Every choice of a route within a run, with its propensity.
  run_id varchar not null, -- runs.id
  n integer not null, -- order within the run, from 0; the last has the last word
  model varchar not null, -- chosen model
  why varchar not null default '', -- the reason in words
  label varchar not null default '', -- class the prompt was put in
  scores json not null, -- {model id: score} of every candidate; higher is better
  propensity double not null, -- probability with which this strategy chooses this model here
  features json not null, -- {feature: value} that were looked at
  thresholds json not null, -- {name: value} they were held against
  primary key (run_id, n)
)

create table votes ( -- What people (or the equality of two replies) decided about a battle.
  id varchar primary key, -- time-ordered (UUID 7)
  battle_id varchar not null, -- battles.id
  comparison_id varchar not null, -- battles.comparison_id
  experiment_id varchar not null, -- experiments.id
  kind varchar not null, -- vote, agreement (shared reply, none asked) or skip (revealed without a vote)
  choice varchar not null default '', -- a letter, tie, both_bad or all_bad
  winners json not null, -- [runs.id]
  losers json not null, -- [runs.id]
  tags json not null, -- [reason]
  comment varchar not null default '', -- in the voter's words
  blind boolean not null, -- names were hidden
  voter varchar not null default '', -- pseudonym of who voted
  created_at timestamptz not null -- when
)

create table synced ( -- What was mirrored where, so that nothing is sent twice.
  kind varchar not null, -- battle, run, vote, folder
  id varchar not null, -- of the thing mirrored
  destination varchar not null, -- where to
  run varchar not null, -- the Weights & Biases run that holds it
  created_at timestamptz not null, -- when
  primary key (kind, id, destination)
)

create table ingested ( -- How far each journal segment has been taken in.
  segment varchar primary key, -- file name within the journal folder
  position bigint not null, -- bytes taken in
  refused bigint not null, -- records that could not be: they stay in the segment
  updated_at timestamptz not null -- when last read
)

create view open_runs as -- Runs that may be shown: blind battles stay out until their comparison is voted on.
select r.* from runs r left join battles b on b.id = r.battle_id
where r.battle_id is null or not b.blind
  or exists (select 1 from votes v where v.comparison_id = b.comparison_id)
"""

_OBSERVATIONS = """
create table observations ( -- What an experiment saw: one case answered by one of its strategies, graded.
  run_id varchar primary key, -- runs.id
  experiment_id varchar not null, -- experiments.id
  n bigint not null, -- place of the case in the experiment's order, from 0
  arm integer not null, -- place of the strategy among the experiment's, from 0; the first is the one held against
  case_id varchar not null, -- id of the case in its suite
  unit varchar not null, -- the user, or the case, that the strategy was assigned to
  propensity double not null, -- probability with which it was assigned; 1 where every strategy answers
  quality double not null, -- 0 (wrong, or no answer) to 1 (right)
  why varchar not null default '', -- the grader's reason
  created_at timestamptz not null -- when it was graded
)
"""

_DRIFTS = """
create table drifts ( -- A change of a strategy's quality, as votes and graded answers told it.
  id varchar primary key, -- hash of strategy, category and last_id: a change is kept once
  strategy varchar not null, -- name of the strategy
  category varchar not null, -- of the prompts; empty: over all of them
  direction varchar not null, -- down or up
  baseline double not null, -- mean quality before, 0 to 1
  level double not null, -- mean quality of the last answers before it was noticed, up to 100
  n bigint not null, -- answers from the baseline to the one at which it was noticed
  last_id varchar not null, -- that answer's vote and column, or run
  last_at timestamptz not null, -- when that answer was voted on or graded
  created_at timestamptz not null -- when it was noticed
)
"""

_SHIFTS = """
create table shifts ( -- Prompts of another kind than before, as their embeddings told it.
  id varchar primary key, -- hash of strategy and n: a shift is kept once
  strategy varchar not null, -- whose prompts; empty: those of all
  n bigint not null, -- place of the window's last prompt among the strategy's different prompts, from 1
  before_n bigint not null, -- prompts before the window that it was held against
  window_n bigint not null, -- prompts of the window
  statistic double not null, -- squared distance of the mean embeddings of both
  p_value double not null, -- chance of such a distance where nothing has shifted
  example varchar not null, -- prompts.key of the window's prompt that lies farthest the new way
  last_at timestamptz not null, -- when the window's last prompt was first asked
  created_at timestamptz not null -- when it was noticed
)
"""

_JUDGEMENTS = """
create table judgements ( -- What a judge said of the answer of a run.
  id varchar primary key, -- hash of run_id, judge and rubric_key: an answer is judged once by each
  run_id varchar not null, -- runs.id
  judge varchar not null, -- model id
  rubric varchar not null, -- name and version of what it judged by
  rubric_key varchar not null, -- hash of the rubric
  measured boolean not null, -- the judge was known to agree with people; only then it is learned from
  quality double not null, -- 0 to 1, by the rubric's weights
  levels json not null, -- {criterion: level}
  reason varchar not null default '', -- in the judge's words
  cost_usd double not null default 0, -- of judging; 0 where the same answer of another run bears it
  created_at timestamptz not null -- when it was judged
)
"""
