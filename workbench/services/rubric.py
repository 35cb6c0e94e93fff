"""Rubrics: what a judge scores answers by, as data, with a version. Ours under the user's own, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum, inf
from typing import Any

from workbench.errors import BadInput
from workbench.policy import Policies, only_keys, words_of
from workbench.types import content_key


@dataclass(frozen=True, slots=True)
class Criterion:
    name: str
    weight: float
    """Share of the score; those of a rubric add up to one."""
    asks: str
    levels: tuple[str, ...]
    """What each level means, 1 (the worst) first."""


@dataclass(frozen=True, slots=True)
class Rubric:
    name: str
    version: int
    criteria: tuple[Criterion, ...]
    key: str
    """Hash of all that it says."""

    @property
    def top(self) -> int:
        return len(self.criteria[0].levels)

    def quality(self, levels: Mapping[str, int]) -> float:
        """0..1: the weighted mean of the levels, 0 where all are the worst and 1 where all are the best."""
        return fsum(c.weight * (levels[c.name] - 1) / (self.top - 1) for c in self.criteria)

    @property
    def stamp(self) -> dict[str, Any]:
        """What tells scores of this rubric from those of another."""
        return {"rubric": self.name, "rubric_version": self.version, "rubric_key": self.key}

    def __str__(self) -> str:
        """As a judge reads it."""
        return "\n\n".join(_told(c) for c in self.criteria)


def rubric(name: str) -> Rubric:
    """By name. Raises BadInput, which lists those there are or names what is wrong with it."""
    return _rubrics.get(name)


def _told(criterion: Criterion) -> str:
    levels = "\n".join(f"  {n}: {meaning}" for n, meaning in enumerate(criterion.levels, 1))
    return f"{criterion.name}: {criterion.asks}\n{levels}"


def _read(name: str, table: Mapping[str, Any]) -> Rubric:
    only_keys(f"{name}.toml", table, {"title": str, "version": int, "criteria": dict})
    if "version" not in table or not table.get("criteria"):
        raise BadInput(f"{name}.toml needs a version and criteria")
    criteria = [_criterion(f"{name}.toml [criteria.{key}]", key, each) for key, each in table["criteria"].items()]
    total = fsum(c.weight for c in criteria)
    if not total or len({len(c.levels) for c in criteria}) != 1 or len(criteria[0].levels) < 2:
        raise BadInput(f"{name}.toml needs criteria with a weight above 0, all of as many levels, two or more")
    shares = [Criterion(c.name, c.weight / total, c.asks, c.levels) for c in criteria]
    return Rubric(name, table["version"], tuple(shares), content_key(dict(table)))


def _criterion(where: str, name: str, table: Mapping[str, Any]) -> Criterion:
    only_keys(where, table, {"weight": (int, float), "asks": str, "levels": list})
    weight = table.get("weight", -1)
    if isinstance(weight, bool) or not 0 <= weight < inf or not table.get("asks"):
        raise BadInput(f"{where} needs a weight of 0 or more, and what it asks")
    return Criterion(name, float(weight), table["asks"], words_of(f"{where}: levels", table.get("levels")))


_rubrics = Policies("rubrics", _read)
