"""What a text looks like, in a dozen cheap numbers: its length, its marks, and whether an answer hedges or refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from workbench.recorded import Floats

READ = 20_000
"""Characters of a text that are looked at."""
NUMBER = re.compile(r"\d+(?:\.\d+)?")
REFUSAL = re.compile(
    r"\b(?:i(?:'m| am) (?:sorry|unable|not able)|i (?:can't|cannot|can not|won't)|as an ai|unable to (?:answer|provide|help))",
    re.IGNORECASE,
)
HEDGE = re.compile(
    r"\b(?:i think|i believe|i'm not sure|not (?:sure|certain)|maybe|perhaps|possibly|probably|might be|it depends|unclear|"
    r"i don't know|could be)\b",
    re.IGNORECASE,
)


def shapes(texts: Sequence[str]) -> Floats:
    """(n, 13): logarithms of counts (characters, words, lines, questions, numbers, commas, $, backslashes), shares of digits
    and capitals, code, hedging and refusal."""
    return np.array([_shape(text[:READ]) for text in texts], dtype=float).reshape(len(texts), 13)


def _shape(text: str) -> list[float]:
    n = max(1, len(text))
    counts = (len(text), len(text.split()), *(text.count(mark) for mark in "\n?,$\\"), len(NUMBER.findall(text)))
    return [
        *np.log1p(counts).tolist(),
        sum(map(str.isdigit, text)) / n,
        sum(map(str.isupper, text)) / n,
        float("```" in text or "def " in text or "return" in text),
        float(HEDGE.search(text) is not None),
        float(REFUSAL.search(text) is not None),
    ]
