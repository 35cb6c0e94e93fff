"""How likely a text is an injected instruction or asks for harm: a logistic regression on its MiniLM vector and its cues.

Multinomial over the judged categories and harmless, fitted by `python -m workbench.safety.train` on data/safety/dev.jsonl; its
coefficients are data (data/safety/classifier.json). A long text is judged piece by piece, and its worst piece counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench import embed
from workbench.errors import BadInput
from workbench.settings import shipped

from .cues import NAMES, seen
from .finding import JUDGED

PIECE, STEP = 600, 450
"""Characters of a piece, and from one piece's beginning to the next: nothing is longer than MiniLM reads."""
THRESHOLD = 0.5
"""Probability from which a category counts where the policy sets none."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Classifier:
    embedder: str
    """Name of the embedder whose vectors it was fitted on."""
    weights: Floats
    """(1 + categories, dim + cues): harmless first; the vector's weights, then the cues'."""
    bias: Floats
    """(1 + categories,)."""

    def judge(self, text: str) -> dict[str, float]:
        """Probability of each judged category, 0..1. Some milliseconds for each 450 characters."""
        found = pieces(text)
        if not found:
            return dict.fromkeys(JUDGED, 0.0)
        logits = features(found) @ self.weights.T + self.bias
        likely = np.exp(logits - logits.max(axis=1, keepdims=True))
        likely /= likely.sum(axis=1, keepdims=True)
        return dict(zip(JUDGED, likely[:, 1:].max(axis=0).tolist(), strict=True))


def pieces(text: str) -> list[str]:
    """Overlapping pieces of a text; those without letters are left out."""
    starts = range(0, max(1, len(text) - (PIECE - STEP)), STEP)
    return [piece for piece in (text[at : at + PIECE] for at in starts) if any(map(str.isalpha, piece))]


def features(texts: Sequence[str]) -> Floats:
    """(texts, dim + cues): the vector, and how many of each kind of cue there are."""
    cues = np.array([[seen(name, text) for name in NAMES] for text in texts], dtype=float)
    return np.concatenate([embed.shared().embed(texts), cues], axis=1)


def load() -> Classifier:
    """Raises BadInput where the shipped file cannot be read, or was fitted for another embedder."""
    made = _read(shipped("safety/classifier.json"))
    if made.embedder != embed.shared().name:
        raise BadInput(
            f"the safety classifier was fitted on vectors of {made.embedder}, not of {embed.shared().name}: run "
            "python -m workbench.safety.train with this embedder"
        )
    return made


@cache
def _read(path: Path) -> Classifier:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        rows = [found["classes"][name] for name in ("harmless", *JUDGED)]
        weights, bias = np.array([row["weights"] for row in rows]), np.array([row["bias"] for row in rows])
        return Classifier(found["embedder"], weights, bias)
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(
            f"{path} cannot be read ({error}): run python -m workbench.safety.train, or install again"
        ) from None
