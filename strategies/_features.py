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
        words = [_words(text) for text in texts]
        seen = Counter(word for some in words for word in set(some))
        bar = max(IN_FEWEST, IN_SHARE * len(texts))
        often = sorted((w for w, n in seen.items() if n >= bar), key=lambda w: (-seen[w], w))[:WORDS]
        traits = _all_traits(texts, words, prompts)
        spread = traits.std(axis=0)
        centre = np.stack([traits.mean(axis=0), np.where(spread < 1e-9, 1.0, spread)])
        return cls(template, {w: i for i, w in enumerate(often)}, centre)

    def read(self, prompts: Sequence[Prompt]) -> Features:
        texts = [particular(p.text, self.template) for p in prompts]
        vectors = shared().embed(texts).astype(float)
        short = [text[:LONGEST] for text in texts]
        words = [_words(text) for text in short]
        traits = np.clip((_all_traits(short, words, prompts) - self.centre[0]) / self.centre[1], -LIMIT, LIMIT)
        return Features(vectors, traits, self._frequent(words))

    def _frequent(self, texts: Sequence[list[bytes]]) -> Floats:
        """Of n texts in words."""
        width, none = len(self.words) + 1, len(self.words)
        place = self.words.get
        at = [i * width + place(word, none) for i, words in enumerate(texts) for word in words]
        found = np.bincount(np.array(at, dtype=np.intp), minlength=len(texts) * width).reshape(-1, width)[:, :none]
        lengths = np.maximum(1, [len(words) for words in texts])
        return np.asarray(np.sqrt(found / lengths[:, None]))

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


def _all_traits(texts: Sequence[str], words: Sequence[list[bytes]], prompts: Sequence[Prompt]) -> Floats:
    return np.array([_traits(t, w, p.text) for t, w, p in zip(texts, words, prompts, strict=True)])


def _traits(text: str, words: list[bytes], whole: str) -> list[float]:
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
        *_word_traits(text, words),
        *_number_traits(text),
    ]


def _word_traits(text: str, words: list[bytes]) -> list[float]:
    if not words:
        return [0.0] * 6
    lengths = list(map(len, words))
    n, total = len(words), sum(lengths)
    long = sum(map((6).__lt__, lengths)) / n
    sentences = 1 + text.count(". ") + text.count("? ")
    return [np.log1p(n), total / n, long, len(set(words)) / n, float(max(lengths)), np.log1p(n / sentences)]


def _number_traits(text: str) -> list[float]:
    numbers = NUMBER.findall(text)
    if not numbers:
        return [0.0] * 5
    values = [len(x) for x in numbers]
    digits = [float(len(set(numbers))), float(sum("." in x for x in numbers)), float(max(values)), float(min(values))]
    return [np.log1p(len(numbers)), *digits]
