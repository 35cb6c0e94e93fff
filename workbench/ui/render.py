"""Pure functions from a Run to what the page shows of it: metrics, why, trace. JSON values only, units in the names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.events import Attempt, Run
from workbench.types import Decision, Model


def metrics(run: Run, pool: Mapping[str, Model], dearest_usd: float) -> dict[str, Any]:
    """Money is that of all calls of the run, drafts and failures included. `versus`: share of the dearest column."""
    return {
        "ttft_s": run.ttft_s,
        "tokens_per_s": _speed(run),
        "latency_s": run.latency_s,
        "cost_usd": run.cost_usd,
        "nominal": any(pool[a.call.model].nominal for a in run.attempts if a.call.model in pool),
        "tokens_in": sum(u.tokens_in for u in run.usages),
        "tokens_out": sum(u.tokens_out for u in run.usages),
        "calls": len(run.attempts),
        "versus": run.cost_usd / dearest_usd if dearest_usd > 0 else None,
    }


def why(run: Run, pool: Sequence[Model]) -> dict[str, Any] | None:
    """The last decision of a run: every candidate with its score and what this answer would have cost there."""
    decision = run.decision
    if decision is None:
        return None
    return {
        "text": decision.why,
        "label": decision.label,
        "model": decision.model,
        "propensity": decision.propensity,
        "scores": [_candidate(m, decision, run) for m in pool],
        "thresholds": dict(decision.thresholds),
        "features": dict(decision.features),
    }


def trace(run: Run) -> list[dict[str, Any]]:
    """Every call in order, with when it waited (to its first token) and when it streamed, in seconds of the run."""
    return [_span(a) for a in run.attempts]


def _speed(run: Run) -> float | None:
    if run.answer is None:
        return None
    reply = run.answer.reply
    streaming = reply.latency_s - reply.ttft_s
    return reply.usage.tokens_out / streaming if streaming > 0 else None


def _candidate(model: Model, decision: Decision, run: Run) -> dict[str, Any]:
    answer = run.answer
    return {
        "model": model.id,
        "score": decision.scores.get(model.id),
        "chosen": model.id == decision.model,
        "cost_usd": model.cost_usd(answer.reply.usage) if answer else None,
    }


def _parts(attempt: Attempt) -> tuple[float | None, float]:
    """Seconds to the first token, and from it to the end, within the time that the call took here: a reply that another
    column had asked for before can be read at once."""
    first, reply, end = attempt.ttft_s, attempt.reply, attempt.ended_s
    if end is None:
        return first, 0.0
    took = end - attempt.started_s
    wait = took if first is None else min(first, took)
    streamed = took if reply is None else reply.latency_s - reply.ttft_s
    return wait, min(streamed, took - wait)


def _span(attempt: Attempt) -> dict[str, Any]:
    reply = attempt.reply
    wait, streamed = _parts(attempt)
    return {
        "n": attempt.n,
        "role": attempt.call.role,
        "model": attempt.call.model,
        "start_s": attempt.started_s,
        "wait_s": wait,
        "stream_s": streamed,
        "end_s": attempt.ended_s,
        "tokens_in": reply.usage.tokens_in if reply else 0,
        "tokens_out": reply.usage.tokens_out if reply else 0,
        "estimated": reply.usage.estimated if reply else False,
        "logprob": reply.logprob if reply else None,
        "cost_usd": attempt.cost_usd,
        "error": attempt.error,
        "kind": attempt.kind,
    }
