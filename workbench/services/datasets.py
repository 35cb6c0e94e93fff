"""The data sets there are: each in a line, and one in full."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench import outcomes, votes
from workbench.errors import BadInput, WorkbenchError
from workbench.outcomes import Outcomes

REMEMBERED = 64
"""Descriptions kept in memory, by file and time of its last change."""


def listing(home: Path) -> list[dict[str, Any]]:
    """Every data set in a line; one that cannot be read says why in `problem`."""
    return [{"name": name, **_described(path)} for name, path in outcomes.names(home).items()]


def ballots(home: Path) -> list[dict[str, Any]]:
    """Every set of votes in a line; one that cannot be read says why in `problem`."""
    return [_voted(name, path) for name, path in votes.names(home).items()]


def _voted(name: str, path: Path) -> dict[str, Any]:
    try:
        return {"name": name, **votes.read(path).described(), "file": str(path)}
    except WorkbenchError as error:
        return {"name": name, "file": str(path), "problem": str(error)}


def named(name: str, home: Path) -> Path:
    """The file of a data set that is in the list: no other path is taken. Raises BadInput."""
    known = outcomes.names(home)
    if name not in known:
        raise BadInput(
            f"no data set named {name!r}; there are {', '.join(known) or 'none yet'}: `workbench record` and "
            "`workbench import` make them"
        )
    return known[name]


def coverage(name: str, home: Path) -> dict[str, Any]:
    """What a data set holds for every model and category. Raises BadInput."""
    path = named(name, home)
    found = outcomes.read(path)
    return {"name": name, **_described(path), "cells": found.coverage()}


def _described(path: Path) -> Mapping[str, Any]:
    try:
        state = path.stat()
    except OSError as error:
        return {"file": str(path), "problem": f"it cannot be read: {error.strerror}"}
    return _read(path, state.st_mtime_ns, state.st_size)


@lru_cache(REMEMBERED)
def _read(path: Path, changed_ns: int, size: int) -> Mapping[str, Any]:
    """Of a file as it was at that time."""
    try:
        return {"file": str(path), **_facts(outcomes.read(path))}
    except WorkbenchError as error:
        return {"file": str(path), "problem": str(error)}


def _facts(found: Outcomes) -> dict[str, Any]:
    frame = found.frame
    categories = frame["category"].drop_nulls().unique().sort().to_list()
    return {
        "prompts": frame["query_id"].n_unique(),
        "models": found.models,
        "categories": categories,
        "splits": frame["split"].drop_nulls().unique().sort().to_list(),
        "outcomes": frame.height,
        "failed": frame.height - frame["error"].null_count(),
        "scored": frame.height - frame["quality"].null_count(),
        "quality": frame["quality"].mean(),
        "nominal": bool(frame["cost_basis"].eq("nominal").any()),
    }
