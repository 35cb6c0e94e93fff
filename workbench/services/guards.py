"""Stop rules of an experiment over what it saw: the same answer while it runs and in every report of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

from workbench.metrics.correction import each
from workbench.metrics.guardrail import Guardrail

COLUMNS = {"cost": "cost_usd", "latency": "latency_s", "errors": "error"}
"""What a stop rule may watch, and where a run has it: USD a prompt, seconds a prompt, share of failed runs."""
UNITS = {"cost": "${:.6g} a prompt", "latency": "{:.3g} s a prompt", "errors": "{:.3g} failed of all runs"}
Seen = Mapping[str, Any]


class Guards:
    """Every limit for every strategy. Cases are taken in the experiment's order: one that ended early waits for those before it.

    Who looks at whatever is there sees the quick cases first; in the order that the seed chose every look is fair. All rules together
    call falsely with a chance of at most alpha, where runs follow one another by chance; runs of one user that hang together may
    call sooner, which errs on the side of stopping.
    """

    def __init__(self, limits: Mapping[str, float], alpha: float, labels: Sequence[str]) -> None:
        level = each(alpha, len(limits) * len(labels))
        self._labels = labels
        self.rules = {
            (arm, name): Guardrail(limit, level) for arm in range(len(labels)) for name, limit in limits.items()
        }
        self._waiting: dict[int, Sequence[Seen]] = {}
        self._next = 0

    def add(self, n: int, rows: Sequence[Seen]) -> None:
        """The observations of case n."""
        self._waiting[n] = rows
        while self._next in self._waiting:
            for row in self._waiting.pop(self._next):
                self._see(row)
            self._next += 1

    def _see(self, row: Seen) -> None:
        for (arm, name), rule in self.rules.items():
            if arm == row["arm"]:
                value = row[COLUMNS[name]]
                rule.add(float(bool(value)) if name == "errors" else float(value))

    @property
    def called(self) -> list[str]:
        """The rules that call for a stop, in words."""
        return [
            f"{self._labels[arm]} is shown above its limit of {UNITS[name].format(rule.limit)} after {rule.crossed:,} runs"
            for (arm, name), rule in self.rules.items()
            if rule.crossed is not None
        ]

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {
                "strategy": self._labels[arm],
                "watches": name,
                "limit": rule.limit,
                "n": rule.n,
                "mean": rule.total / rule.n if rule.n else None,
                "e_value": exp(min(700.0, rule.log_e)),
                "needed": 1 / rule.alpha,
                "crossed": rule.crossed,
            }
            for (arm, name), rule in self.rules.items()
        ]


@dataclass(frozen=True, slots=True)
class Whole:
    """Observations in the order of their cases, up to the first case that is still missing."""

    rows: tuple[dict[str, Any], ...]
    cases: int
    beyond: int
    """Cases that are answered after the gap: they count when it is closed."""

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> Whole:
        ordered = sorted((dict(row) for row in rows), key=lambda row: (row["n"], row["arm"]))
        there = {row["n"] for row in ordered}
        gap = next(n for n in range(len(there) + 1) if n not in there)
        return cls(tuple(row for row in ordered if row["n"] < gap), gap, len(there) - gap)
