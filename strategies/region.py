"""One model at several endpoints: the endpoint that does best now answers, the others stand in.

Endpoints are catalog entries of one group (or, without a group, of one name). They are asked in the order of how long the first token can
be expected to take: the decayed average of late, divided by the share of calls that succeed, since each failed one costs another try. One
that nobody asked lately goes first, to know how it does; so does one whose breaker is half-open, with one call. Open breakers come last:
an endpoint is left when it fails and returns when its probe succeeds. Failures are handled as `fallback` does. A replay knows nothing of
how endpoints do and keeps the pool's order.

Source: latency-based routing with the circuit breaker (Nygard, Release It!, 2007).
Learns from: nothing but how its calls go.
Deciding costs: microseconds.
Score: 1 for the next endpoint, a half for the one after it, and so on; 0 for all other models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from strategies._chain import Chain
from workbench.errors import BadInput, UnknownModel
from workbench.health import Vitals, shared
from workbench.session import Session
from workbench.strategy import Strategy, param
from workbench.types import Answer, Model, Prompt


@dataclass
class Region(Strategy):
    model: str = param("", "Which model, by group, name or id; empty means the one with the most endpoints.")
    regions: str = param("", "Only endpoints in these regions, the first preferred, such as eu,us; empty means any.")
    timeout_s: float = param(30.0, "Longest that one call may take.", low=0.01, high=3600, unit="s")
    first_token_s: float = param(20.0, "Longest wait for the first token of a call.", low=0.01, high=3600, unit="s")
    connect_s: float = param(5.0, "Longest wait for a connection.", low=0.01, high=3600, unit="s")
    retries: int = param(2, "Calls to endpoints that failed before, once all have.", low=0, high=100, unit="calls")
    backoff_s: float = param(0.5, "First pause before such a call; each next one doubles.", low=0, high=600, unit="s")

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        endpoints = self._endpoints(prompt.models)
        vitals = {m.id: shared().of(m.id) for m in endpoints}
        waits, wanted = _waits(vitals), self._wanted()
        rank = {m.id: wanted.index(m.region) if wanted else 0 for m in endpoints}
        order = sorted(vitals, key=lambda m: (vitals[m].standing.shut, rank[m], waits[m]))
        patient = session.within(self.timeout_s, first_token_s=self.first_token_s, connect_s=self.connect_s)
        chain = Chain(prompt, patient, self.retries, self.backoff_s, _features(vitals))
        return await chain.answer(
            order, f"first of {len(order)} endpoints: {_expected(vitals[order[0]], waits[order[0]])}"
        )

    def _endpoints(self, pool: Sequence[Model]) -> list[Model]:
        """Entries of the wanted model in the wanted regions. Raises UnknownModel or BadInput."""
        counts = Counter(group(m) for m in pool)
        key = next((group(m) for m in pool if self.model in (m.group, m.name, m.id)), "") if self.model else ""
        if self.model and not key:
            raise UnknownModel(f"region.model: no model {self.model!r} in this pool; there are {', '.join(counts)}")
        members = [m for m in pool if group(m) == (key or counts.most_common(1)[0][0])]
        found = [m for m in members if m.region in self._wanted()] if self._wanted() else members
        if not found:
            there = ", ".join(f"{m.id} in {m.region or 'none'}" for m in members)
            raise BadInput(f"region.regions: no endpoint of this model is in {self.regions}; there is {there}")
        return found

    def _wanted(self) -> list[str]:
        return [region.strip() for region in self.regions.split(",") if region.strip()]


def group(model: Model) -> str:
    """What entries of the same model share."""
    return model.group or model.name or model.id


def wait_s(vitals: Vitals, usual_s: float) -> float:
    """Seconds until a first token can be expected, counting that after a failed call comes another; 0 where asking is
    worth it to know. `usual_s` stands in where calls have only failed.

    The share of failures is shrunk by one call that succeeded: a single failure doubles the wait, and less as it fades.
    """
    if vitals.standing.state == "half-open" or not vitals.calls:
        return 0.0
    failed = (vitals.error_rate or 0.0) * vitals.calls / (vitals.calls + 1)
    first = _first_s(vitals)
    return (usual_s if first is None else first) / (1 - failed)


def _first_s(vitals: Vitals) -> float | None:
    return vitals.latency_s if vitals.ttft_s is None else vitals.ttft_s


def _waits(vitals: Mapping[str, Vitals]) -> dict[str, float]:
    """Of every endpoint. Where nothing is known of one, it is as slow as the slowest."""
    known = [first for v in vitals.values() if (first := _first_s(v)) is not None]
    return {m: wait_s(v, max(known, default=1.0)) for m, v in vitals.items()}


def _expected(vitals: Vitals, wait: float) -> str:
    if vitals.standing.state != "closed":
        return f"its breaker is {vitals.standing.state}"
    return f"first token expected after {wait:.2f} s" if wait else "not asked of late, so that nothing is known of it"


def _features(vitals: Mapping[str, Vitals]) -> dict[str, float | str]:
    """What is known of the endpoints, for the trace."""
    told: dict[str, float | str] = {}
    for m, seen in vitals.items():
        if (first := _first_s(seen)) is not None:
            told[f"first token of {m} (s)"] = first
        if seen.error_rate is not None:
            told[f"failed of {m}"] = seen.error_rate
        if seen.standing.state != "closed":
            told[f"breaker of {m}"] = f"{seen.standing.state}: {seen.standing.why}"
    return told
