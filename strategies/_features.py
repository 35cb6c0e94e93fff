"""What learned routers read in a prompt: its MiniLM vector, traits of its text that cost microseconds, and frequent words.

Lines that many training prompts share (templates, few-shot examples) are left out of all three; how much was left out is a trait.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.embed import shared
from workbench.recorded import Floats
from workbench.template import particular, shared_lines
from workbench.types import Prompt

LONGEST = 4000
"""Characters that are read; MiniLM stops before."""
WORDS, IN_SHARE, IN_FEWEST = 300, 0.01, 3
"""Frequent words: so many at most, each in this share of the training prompts and in so many of them."""
LIMIT = 4.0
"""Standard deviations from the mean at which a trait counts no more."""
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
MARKS = b"?,.$%\\(\":-/='_\n"
LETTERS = bytes(c if (chr(c).isalpha() and c < 128) or c > 127 else 32 for c in range(256))
"""UTF-8 with every ASCII byte that is no letter made a space."""
CODE = ("```", "def ", "function", "return", "class ")


def _classes() -> NDArray[np.float32]:
    """(256, kinds): which bytes are digits, capitals, not ASCII, or each of the marks."""
    kinds = [b"0123456789", bytes(range(65, 91)), bytes(range(128, 256)), *(bytes([c]) for c in MARKS)]
    return np.array([[float(c in kind) for kind in kinds] for c in range(256)], dtype=np.float32)


CLASSES = _classes()


@dataclass(frozen=True)
class Features:
    """Of n prompts."""

    vectors: Floats
    """(n, dim), length 1."""
    traits: Floats
    """(n, t), standardised."""
    words: Floats
    """(n, w), square root of each frequent word's share."""


@dataclass
class Reader:
    """What was learned about reading prompts, before anything about models."""

    template: frozenset[str]
    words: dict[bytes, int]
    centre: Floats
    """(2, t): mean and standard deviation of every trait."""

    @classmethod
    def of(cls, prompts: Sequence[Prompt]) -> Reader:
        template = shared_lines([p.text for p in prompts])
        texts = [particular(p.text, template)[:LONGEST] for p in prompts]
        seen = Counter(word for text in texts for word in set(_words(text)))
        bar = max(IN_FEWEST, IN_SHARE * len(texts))
        often = sorted((w for w, n in seen.items() if n >= bar), key=lambda w: (-seen[w], w))[:WORDS]
        traits = np.array([_traits(text, p.text) for text, p in zip(texts, prompts, strict=True)])
        spread = traits.std(axis=0)
        centre = np.stack([traits.mean(axis=0), np.where(spread < 1e-9, 1.0, spread)])
        return cls(template, {w: i for i, w in enumerate(often)}, centre)

    def read(self, prompts: Sequence[Prompt]) -> Features:
        texts = [particular(p.text, self.template) for p in prompts]
        vectors = shared().embed(texts).astype(float)
        short = [text[:LONGEST] for text in texts]
        traits = np.array([_traits(text, p.text) for text, p in zip(short, prompts, strict=True)])
        traits = np.clip((traits - self.centre[0]) / self.centre[1], -LIMIT, LIMIT)
        return Features(vectors, traits, self._frequent(short))

    def _frequent(self, texts: Sequence[str]) -> Floats:
        found = np.zeros((len(texts), len(self.words)))
        place = self.words.get
        for row, text in zip(found, texts, strict=True):
            words = _words(text)
            for word in words:
                if (at := place(word)) is not None:
                    row[at] += 1
            row /= max(1, len(words))
        return np.sqrt(found, out=found)

    def state(self) -> dict[str, Any]:
        return {
            "template": sorted(self.template),
            "words": [word.decode("utf-8", "surrogatepass") for word in self.words],
            "centre": self.centre,
        }

    @classmethod
    def restored(cls, state: dict[str, Any]) -> Reader:
        words = {word.encode("utf-8", "surrogatepass"): i for i, word in enumerate(state["words"])}
        return cls(frozenset(state["template"]), words, state["centre"])


def _words(text: str) -> list[bytes]:
    return text.lower().encode("utf-8", "surrogatepass").translate(LETTERS).split()


def _traits(text: str, whole: str) -> list[float]:
    """Lengths and counts, large ones as logarithms. `whole` is the text with what many prompts share."""
    counts = np.bincount(np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8), minlength=256)
    kinds = counts @ CLASSES
    length = max(1, len(text))
    lines = text.split("\n")
    return [
        *np.log1p(kinds).tolist(),
        *(kinds[:3] / length).tolist(),
        *np.log1p([len(text), len(whole) - len(text), len(lines[0]), len(lines[-1])]).tolist(),
        float(any(cue in text for cue in CODE)),
        float(text.rstrip().endswith("?")),
        *_word_traits(text),
        *_number_traits(text),
    ]


def _word_traits(text: str) -> list[float]:
    words = _words(text)
    if not words:
        return [0.0] * 6
    lengths = list(map(len, words))
    n, total = len(words), sum(lengths)
    long = sum(x > 6 for x in lengths) / n
    sentences = 1 + text.count(". ") + text.count("? ")
    return [np.log1p(n), total / n, long, len(set(words)) / n, float(max(lengths)), np.log1p(n / sentences)]


def _number_traits(text: str) -> list[float]:
    numbers = NUMBER.findall(text)
    if not numbers:
        return [0.0] * 5
    values = [len(x) for x in numbers]
    digits = [float(len(set(numbers))), float(sum("." in x for x in numbers)), float(max(values)), float(min(values))]
    return [np.log1p(len(numbers)), *digits]
