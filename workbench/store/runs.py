"""Runs to rows and back: one row a run, one a call, one a decision. What comes back is a Run that views can read again.

Not kept: which of two equal replies was the answer (the later counts), and each delta's time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from workbench.events import Attempt, Run
from workbench.types import CUT, Answer, Call, Decision, Message, Prompt, Reply, Spec, Usage, content_key

from .messages import parsed
from .record import Row

Found = dict[str, Any]


class Reads(Protocol):
    """The reading half of a Store."""

    async def read(self, sql: str, params: Sequence[Any] = ()) -> list[Found]: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run belongs."""

    source: str
    """compare, ask, ..."""
    battle_id: str | None = None
    experiment_id: str | None = None
    letter: str = ""
    shared: bool = False
    """Its reply was shared with an equal call of another column."""


def prompt_key(messages: Sequence[Message]) -> str:
    return content_key([m.as_json() for m in messages])


def prompt_row(prompt: Prompt, source: str, now: datetime) -> Row:
    return "prompts", {
        "key": prompt_key(prompt.messages),
        "text": prompt.text,
        "messages": [m.as_json() for m in prompt.messages],
        "category": prompt.tags.get("category", ""),
        "source": source,
        "created_at": now,
    }


def spec_row(spec: Spec, now: datetime) -> Row:
    return "specs", {"key": spec.key, **spec.as_json(), "created_at": now}


async def specs_of(store: Reads, keys: Sequence[str]) -> list[Found]:
    """One for each key that there is, in their order: an experiment may hold a strategy against itself."""
    rows = await store.read(
        "select key, strategy, params, pool, prices from specs where list_contains($1, key)", [list(keys)]
    )
    found = {row["key"]: row for row in rows}
    return [found[key] for key in keys if key in found]


def run_rows(run_id: str, run: Run, spec: Spec, prompt: Prompt, origin: Origin, now: datetime) -> list[Row]:
    """Everything of one ended run, its spec and prompt included."""
    return [
        spec_row(spec, now),
        prompt_row(prompt, origin.source, now),
        ("runs", _run(run_id, run, spec, prompt, origin, now)),
        *(("calls", _call(run_id, attempt, prompt)) for attempt in run.attempts),
        *(("decisions", _decision(run_id, n, decision)) for n, decision in enumerate(run.decisions)),
    ]


def _run(run_id: str, run: Run, spec: Spec, prompt: Prompt, origin: Origin, now: datetime) -> Found:
    nominal = {m.id for m in prompt.models if m.nominal}
    return {
        "id": run_id,
        "battle_id": origin.battle_id,
        "experiment_id": origin.experiment_id,
        "letter": origin.letter,
        "spec_key": spec.key,
        "prompt_key": prompt_key(prompt.messages),
        "strategy": spec.strategy,
        "model": run.answer.model if run.answer else "",
        "label": run.decision.label if run.decision else "",
        "category": prompt.tags.get("category", ""),
        "text": run.text,
        "tokens_in": sum(u.tokens_in for u in run.usages),
        "tokens_out": sum(u.tokens_out for u in run.usages),
        "cost_usd": run.cost_usd,
        "nominal": any(a.call.model in nominal for a in run.attempts),
        "latency_s": run.latency_s,
        "ttft_s": run.ttft_s,
        "error": run.error,
        "error_kind": run.kind,
        "shared": origin.shared,
        "source": origin.source,
        "created_at": now,
    }


def _call(run_id: str, attempt: Attempt, prompt: Prompt) -> Found:
    call, reply = attempt.call, attempt.reply
    usage = reply.usage if reply else Usage()
    ended = attempt.ended_s
    return {
        "id": f"{run_id}.{attempt.n}",
        "run_id": run_id,
        "n": attempt.n,
        "key": call.key,
        "model": call.model,
        "role": call.role,
        "sample": call.sample,
        "params": dict(call.params),
        "messages": None if call.messages == prompt.messages else [m.as_json() for m in call.messages],
        "text": attempt.text,
        "tokens_in": usage.tokens_in,
        "tokens_out": usage.tokens_out,
        "estimated": usage.estimated,
        "cost_usd": attempt.cost_usd,
        "started_s": attempt.started_s,
        "latency_s": reply.latency_s if reply else None if ended is None else ended - attempt.started_s,
        "ttft_s": attempt.ttft_s,
        "logprob": reply.logprob if reply else None,
        "finish": reply.finish if reply else "",
        "error": attempt.error,
        "error_kind": attempt.kind,
    }


def _decision(run_id: str, n: int, decision: Decision) -> Found:
    return {
        "run_id": run_id,
        "n": n,
        "model": decision.model,
        "why": decision.why,
        "label": decision.label,
        "scores": dict(decision.scores),
        "propensity": decision.propensity,
        "features": dict(decision.features),
        "thresholds": dict(decision.thresholds),
    }


@dataclass(frozen=True, slots=True)
class Stored:
    """A run read back: its row (with `prompt`, `messages` and `comparison_id` beside) and the run itself."""

    row: Found
    run: Run


_RUNS = """
select r.*, p.text as prompt, p.messages as messages, b.comparison_id as comparison_id, s.params as params
from {view} r left join prompts p on p.key = r.prompt_key left join battles b on b.id = r.battle_id left join specs s on s.key = r.spec_key
where list_contains($1, r.id) order by r.created_at, r.id
"""
_CALLS = "select * from calls where list_contains($1, run_id) order by run_id, n"
_DECISIONS = "select * from decisions where list_contains($1, run_id) order by run_id, n"


async def load(store: Reads, ids: Sequence[str], *, sealed: bool = False) -> list[Stored]:
    """Runs by id, oldest first. Those of sealed battles only when `sealed`: for the server's own use, never a page."""
    rows = await store.read(_RUNS.format(view="runs" if sealed else "open_runs"), [list(ids)])
    if not rows:
        return []
    found = [[row["id"] for row in rows]]
    calls, decisions = _by_run(await store.read(_CALLS, found)), _by_run(await store.read(_DECISIONS, found))
    return [Stored(row, restored(row, calls.get(row["id"], []), decisions.get(row["id"], []))) for row in rows]


def _by_run(rows: Sequence[Found]) -> dict[str, list[Found]]:
    grouped: dict[str, list[Found]] = {}
    for row in rows:
        grouped.setdefault(row["run_id"], []).append(row)
    return grouped


def restored(row: Mapping[str, Any], calls: Sequence[Found], decisions: Sequence[Found]) -> Run:
    """The Run of a row of `runs` that has its prompt's `messages` beside."""
    messages = parsed(row["messages"] or ())
    attempts = [_attempt(call, messages) for call in calls]
    return Run(
        attempts=attempts,
        decisions=[_decided(d) for d in decisions],
        answer=_answer(row, attempts),
        error=row["error"],
        kind=row["error_kind"],
        cost_usd=row["cost_usd"],
        latency_s=row["latency_s"],
        finished=True,
    )


def _answer(row: Mapping[str, Any], attempts: Sequence[Attempt]) -> Answer | None:
    if not row["model"]:
        return None
    equal = [a for a in reversed(attempts) if a.call.model == row["model"] and a.text == row["text"]]
    reply = next((a.reply for a in equal if a.reply), None) or Reply(
        row["text"],
        Usage(row["tokens_in"], row["tokens_out"]),
        row["cost_usd"],
        row["latency_s"],
        row["ttft_s"] or 0.0,
        finish=CUT if equal else "stop",
    )
    return Answer(reply, row["model"])


def _attempt(row: Mapping[str, Any], prompt: tuple[Message, ...]) -> Attempt:
    messages = prompt if row["messages"] is None else parsed(row["messages"])
    call = Call(row["model"], messages, row["params"], row["role"], row["sample"])
    ended = None if row["latency_s"] is None else row["started_s"] + row["latency_s"]
    reply = _reply(row) if row["finish"] else None
    first = None if reply else row["ttft_s"]
    error, kind = row["error"], row["error_kind"]
    return Attempt(row["n"], call, row["started_s"], ended, row["text"], reply, error, kind, row["cost_usd"], first)


def _reply(row: Mapping[str, Any]) -> Reply:
    usage = Usage(row["tokens_in"], row["tokens_out"], row["estimated"])
    return Reply(
        row["text"], usage, row["cost_usd"], row["latency_s"], row["ttft_s"] or 0.0, row["logprob"], row["finish"]
    )


def _decided(row: Mapping[str, Any]) -> Decision:
    return Decision(
        row["model"],
        row["why"],
        row["scores"],
        row["propensity"],
        row["label"],
        row["features"],
        row["thresholds"],
    )
