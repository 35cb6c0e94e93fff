"""The best weighted sum of quality, cost and latency among the models that keep your limits.

First the limits: expected cost and latency, failures, what the prompt or you need of the model, room for conversation and answer, and no
open breaker (unless that would leave nobody). Then each figure is brought to 0..1 over the models left, 1 for the best of them (1 for all
where they do not differ, 0.5 where it is not known); the weights are made to add up to one. Quality is the mean score in recorded
outcomes, or your own ratings, times the share of calls that succeed of late; latency is the decayed average of late, else that of the
recorded outcomes.

Source: simple additive weighting with min-max normalisation (Hwang and Yoon, 1981).
Learns from: recorded outcomes.
Deciding costs: tens of microseconds.
Score: the weighted sum; -1 for a model that a limit leaves out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from strategies._needs import Needs, needs_of
from strategies._pool import expected_usd, member
from workbench.decisions import Decisions
from workbench.errors import BadInput, BadParameter
from workbench.health import Vitals, shared
from workbench.recorded import Recorded, check_teaches
from workbench.strategy import Router, param
from workbench.types import Decision, Model, Prompt

if TYPE_CHECKING:
    from workbench.recorded import Floats

CAPABILITIES = ("vision", "tools", "json", "logprobs")


@dataclass(slots=True)
class Candidate:
    """One model, and what is expected of it for one prompt; None where it is not known."""

    model: Model
    quality: float | None
    """Counting failed calls as 0."""
    latency_s: float | None
    vitals: Vitals
    usd: float = 0.0
    out: str = ""
    """The limits that it does not keep, in words."""
    terms: tuple[float, ...] = ()
    """Quality, cost and latency at 0..1, 1 for the best."""
    score: float = -1.0


@dataclass
class Weighted(Router):
    quality: float = param(0.5, "Weight of quality; weights are made to add up to one.", low=0, high=1)
    cost: float = param(0.3, "Weight of a low cost.", low=0, high=1)
    latency: float = param(0.2, "Weight of a low latency.", low=0, high=1)
    max_usd: float | None = param(None, "Most that the answer may be expected to cost.", low=0, unit="USD")
    max_latency_s: float | None = param(None, "Longest that the answer may be expected to take.", low=0, unit="s")
    max_error_rate: float | None = param(None, "Largest share of failed calls of late.", low=0, high=1)
    needs: str = param("", "What the model must be able to do beside what the prompt needs, such as json,tools.")
    ratings: dict[str, float] = param({}, "Quality of each model, such as small=0.6,big=0.9; empty means as fitted.")
    answer_tokens: int = param(300, "Length of the answer that is assumed.", low=1, high=100_000, unit="tokens")
    _known: dict[str, tuple[float, float | None]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Of each recorded model: mean quality, and mean latency in seconds (None where unknown)."""

    def decide(self, prompt: Prompt) -> Decision:
        return self.decide_all([prompt])[0]

    def decide_all(self, prompts: Sequence[Prompt]) -> Decisions:
        """All in turn, for prompts that share one pool. Raises BadInput where no model keeps all limits."""
        if not prompts:
            return Decisions.none()
        weights, known = self.weights(), self._known_of(prompts[0].models)
        judged = [self._judge(prompt, known, weights) for prompt in prompts]
        scores = np.array([[c.score for c in candidates] for candidates in judged])
        chosen = scores.argmax(axis=1)

        def tell(i: int) -> Decision:
            best, named = judged[i][int(chosen[i])], {c.model.id: c.score for c in judged[i]}
            return Decision(best.model.id, _why(best, judged[i], weights), named, features=_told(judged[i], weights))

        return Decisions(tuple(named.model.id for named in known), chosen, scores, tell)

    def weights(self) -> dict[str, float]:
        """The three weights, adding up to one. Raises BadParameter where all are 0."""
        given = {"quality": self.quality, "cost": self.cost, "latency": self.latency}
        top = max(given.values())
        if not top:
            raise BadParameter("weighted: at least one of quality, cost and latency needs a weight above 0")
        total = math.fsum(w / top for w in given.values())
        return {name: w / top / total for name, w in given.items()}

    def fit(self, recorded: Recorded) -> None:
        """Mean quality and latency of each model over the prompts that it has outcomes for. Raises BadInput."""
        quality, latency = _means(recorded.quality), _means(recorded.latency)
        figures = {m: (float(quality[j]), _known(latency[j])) for j, m in enumerate(recorded.ids)}
        known = {m: pair for m, pair in figures.items() if not math.isnan(pair[0])}
        if not known:
            raise BadInput(
                "weighted has nothing to learn from: the data holds no scored outcome; record or import some"
            )
        check_teaches("weighted", list(known), recorded.quality)
        self._known = known

    def state(self) -> dict[str, Any]:
        return {"known": {m: list(figures) for m, figures in self._known.items()}}

    def restore(self, state: dict[str, Any]) -> None:
        self._known = {m: (quality, latency) for m, (quality, latency) in state["known"].items()}

    def _known_of(self, pool: Sequence[Model]) -> list[Candidate]:
        """What is known of every model before a prompt is read."""
        for model in self.ratings:
            member("weighted.ratings", model, pool)
        found, health = [], shared()
        for m in pool:
            vitals, (quality, latency) = health.of(m.id), self._known.get(m.id, (None, None))
            quality = self.ratings.get(m.id) if self.ratings else quality
            worth = None if quality is None else quality * (1 - (vitals.error_rate or 0.0))
            found.append(Candidate(m, worth, latency if vitals.latency_s is None else vitals.latency_s, vitals))
        return found

    def _judge(self, prompt: Prompt, known: Sequence[Candidate], weights: Mapping[str, float]) -> list[Candidate]:
        """Every model with its score for this prompt."""
        needs = self._needs(prompt)
        asked = max(0, needs.tokens - self.answer_tokens)
        answered = self.answer_tokens
        candidates = [
            Candidate(c.model, c.quality, c.latency_s, c.vitals, expected_usd(c.model, asked, answered)) for c in known
        ]
        if self._limited or needs.capabilities or needs.tokens > min(c.model.context for c in candidates):
            for c in candidates:
                c.out = self._broken(c, needs)
        left = _left(candidates)
        if weights["quality"] and (unknown := [c.model.id for c in left if c.quality is None]):
            raise BadInput(
                f"weighted knows no quality of {', '.join(unknown)}: run `workbench fit weighted --data NAME` on outcomes "
                "of all models, give them ratings, or set quality to 0"
            )
        quality, cost, latency = weights.values()
        columns = (
            _scaled([c.quality for c in left]),
            _scaled([-c.usd for c in left]),
            _scaled([None if c.latency_s is None else -c.latency_s for c in left]),
        )
        for c, terms in zip(left, zip(*columns, strict=True), strict=True):
            c.terms, c.score = terms, quality * terms[0] + cost * terms[1] + latency * terms[2]
        return candidates

    @property
    def _limited(self) -> bool:
        return any(limit is not None for limit in (self.max_usd, self.max_latency_s, self.max_error_rate))

    def _broken(self, c: Candidate, needs: Needs) -> str:
        """The limits that this model does not keep, each with its figure."""
        out = [f"no {what}" for what in needs.lacking(c.model)]
        rate = c.vitals.error_rate
        if self.max_usd is not None and c.usd > self.max_usd:
            out.append(f"${c.usd:.6f} is over max_usd {self.max_usd:g}")
        if self.max_latency_s is not None and c.latency_s is not None and c.latency_s > self.max_latency_s:
            out.append(f"{c.latency_s:.2f} s is over max_latency_s {self.max_latency_s:g}")
        if self.max_error_rate is not None and rate is not None and rate > self.max_error_rate:
            out.append(f"{rate:.0%} failed is over max_error_rate {self.max_error_rate:g}")
        return ", ".join(out)

    def _needs(self, prompt: Prompt) -> Needs:
        needs = needs_of(prompt, self.answer_tokens)
        wanted = [name.strip() for name in self.needs.split(",") if name.strip()]
        for name in wanted:
            if name not in CAPABILITIES:
                raise BadParameter(f"weighted.needs: no capability {name!r}; there are {', '.join(CAPABILITIES)}")
        return Needs(tuple(dict.fromkeys((*needs.capabilities, *wanted))), needs.tokens)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _means(values: Floats) -> Floats:
    """(m,): column means over what is known; NaN where nothing is."""
    known = ~np.isnan(values)
    counts = known.sum(axis=0)
    return np.where(counts > 0, np.where(known, values, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)


def _left(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that keep every limit; with an open breaker only where there are no others. Raises BadInput for none."""
    kept = [c for c in candidates if not c.out]
    if not kept:
        each = "; ".join(f"{c.model.id}: {c.out}" for c in candidates)
        raise BadInput(
            f"weighted: no model of this pool keeps all limits ({each}); loosen one of them or add a model that keeps them"
        )
    awake = [c for c in kept if not c.vitals.standing.shut]
    for c in kept if awake else ():
        if c.vitals.standing.shut:
            c.out = f"its breaker is open, {c.vitals.standing.why}"
    return awake or kept


def _scaled(values: Sequence[float | None]) -> list[float]:
    """Min-max; 1 for all where they do not differ, 0.5 for those that are not known."""
    known = [v for v in values if v is not None]
    low = min(known, default=0.0)
    span = max(known, default=0.0) - low
    return [0.5 if v is None else (v - low) / span if span else 1.0 for v in values]


def _why(best: Candidate, candidates: Sequence[Candidate], weights: Mapping[str, float]) -> str:
    terms = zip(weights.items(), best.terms, strict=True)
    parts = [f"{weight:.2f} x {name} {term:.2f}" for (name, weight), term in terms if weight]
    out = [f"{c.model.id} ({c.out})" for c in candidates if c.out]
    left = len(candidates) - len(out)
    shut = "; its breaker is open, like those of all others left" if best.vitals.standing.shut else ""
    return f"best of {left}: {' + '.join(parts)}{shut}" + (f"; left out {', '.join(out)}" if out else "")


def _told(candidates: Sequence[Candidate], weights: Mapping[str, float]) -> dict[str, float | str]:
    """For the trace: the weights, what was expected of every model, and which limit left it out."""
    told: dict[str, float | str] = {f"weight of {name}": weight for name, weight in weights.items()}
    for c in candidates:
        for name, value in zip(_named(c.model.id), (c.quality, c.usd, c.latency_s), strict=True):
            told[name] = "unknown" if value is None else value
        if c.out:
            told[f"left out {c.model.id}"] = c.out
    return told


@lru_cache(1024)
def _named(model: str) -> tuple[str, ...]:
    return tuple(f"{what} of {model}" for what in ("quality", "cost", "seconds"))
