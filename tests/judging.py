"""Tracks made by hand, for tests of what is read from them: figures, lines, tables, sentences, plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.recordings import recorded
from workbench.outcomes import COLUMNS, Outcomes
from workbench.recorded import Recorded
from workbench.services.judged import Judged
from workbench.services.replay import Entrant, Sweep, Track

N = 200


def outcomes(n: int = N, seed: int = 0, skill: Sequence[float] = (0.4, 0.8)) -> Recorded:
    """n prompts: the big model costs a hundred times the small one and is right more often."""
    rng = np.random.default_rng(seed)
    return recorded((rng.random((n, 2)) < skill).astype(float))


def router(data: Recorded, shares: Sequence[float], name: str = "mine", wise: bool = True, **more: Any) -> Track:
    """One setting for each share of big calls. A wise one gives them to the prompts that need them most."""
    n = len(data)
    gain = data.quality[:, 1] - data.quality[:, 0]
    order = np.argsort(-gain if wise else np.arange(n), kind="stable")
    choices = np.zeros((len(shares), n), dtype=np.uint8)
    for row, share in zip(choices, shares, strict=True):
        row[order[: round(share * n)]] = 1
    rows = np.arange(n)
    found = {what: getattr(data, what)[rows, choices] for what in ("quality", "cost", "latency")}
    predicted = np.stack([np.full(n, 0.5), 0.5 + gain / 2 if wise else np.full(n, 0.6)], axis=1)
    values = tuple(float(s) for s in shares) if len(shares) > 1 else (float("nan"),)
    sweep = Sweep("share", shares[0], shares[-1], len(shares)) if len(shares) > 1 else None
    ones = np.ones(choices.shape)
    columns = (choices, found["quality"], found["cost"], found["latency"], ones, 0 * ones)
    return replace(Track(Entrant(name, {}, sweep), {}, values, *columns, predicted, 12.5, True), **more)


def cascade(data: Recorded, name: str = "twice") -> Track:
    """Asks the small model, and the big one too where the small one was wrong."""
    wrong = data.quality[:, 0] == 0
    quality = np.where(wrong, data.quality[:, 1], data.quality[:, 0])[None]
    cost = (data.cost[:, 0] + np.where(wrong, data.cost[:, 1], 0))[None]
    calls, zero = (1.0 + wrong)[None], np.zeros((1, len(data)))
    columns = (wrong.astype(np.uint8)[None], quality, cost, calls / 2, calls, zero)
    return Track(Entrant(name), {}, (float("nan"),), *columns, None, float("nan"))


def judged(*tracks: Track, data: Recorded, **about: Any) -> Judged:
    import polars as pl

    frame = pl.DataFrame(schema={name: getattr(pl, kind)() for name, kind in COLUMNS.items()})
    made = Outcomes("made", Path(__file__), frame)
    return Judged.of(made, data, tracks, **({"train": 100, "folds": 5} | about))
