"""What learned routers read in a prompt: its MiniLM vector, traits of its text that cost microseconds, and frequent words.

Lines that many training prompts share (templates, few-shot examples) are left out of all three; how much was left out is a trait.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import log1p
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.embed import Vectors, shared
from workbench.recorded import Floats
from workbench.template import particular, shared_lines
from workbench.types import Prompt

LONGEST = 4000
"""Characters that are read; MiniLM stops before."""
WORDS, IN_SHARE, IN_FEWEST = 300, 0.01, 3
"""Frequent words: so many at most, each in this share of the training prompts and in so many of them."""
REMEMBERED = 1024
"""Prompts of late that are not read again, as they are not embedded again."""
LIMIT = 4.0
"""Standard deviations from the mean at which a trait counts no more."""
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
MARKS = b"?,.$%\\(\":-/='_\n"
LETTERS = bytes(c if (chr(c).isalpha() and c < 128) or c > 127 else 32 for c in range(256))
"""UTF-8 with every ASCII byte that is no letter made a space."""
CODE = ("```", "def ", "function", "return", "class ")


def _classes() -> Floats:
    """(256, kinds): which bytes are digits, capitals, not ASCII, or each of the marks."""
    kinds = [b"0123456789", bytes(range(65, 91)), bytes(range(128, 256)), *(bytes([c]) for c in MARKS)]
    return np.array([[float(c in kind) for kind in kinds] for c in range(256)])


CLASSES = _classes()


@dataclass(frozen=True)
class Features:
    """Of n prompts, in single precision."""

    vectors: Vectors
    """(n, dim)."""
    traits: NDArray[np.float32]
    """(n, t), standardised."""
    words: NDArray[np.float32]
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
        read = [_read(text, len(p.text)) for text, p in zip(texts, prompts, strict=True)]
        seen = Counter(word for one in read for word in set(one.words))
        bar = max(IN_FEWEST, IN_SHARE * len(texts))
        often = sorted((w for w, n in seen.items() if n >= bar), key=lambda w: (-seen[w], w))[:WORDS]
        traits = np.array([one.traits for one in read])
        spread = traits.std(axis=0)
        centre = np.stack([traits.mean(axis=0), np.where(spread < 1e-9, 1.0, spread)])
        return cls(template, {w: i for i, w in enumerate(often)}, centre)

    def read(self, prompts: Sequence[Prompt]) -> Features:
        texts = [particular(p.text, self.template) for p in prompts]
        vectors = shared().embed(texts)
        asked = [(text[:LONGEST], len(p.text)) for text, p in zip(texts, prompts, strict=True)]
        if len(asked) == 1:  # a batch would push out all that is remembered
            return Features(vectors, *self._remembered(*asked[0]))
        return Features(vectors, *self._rows([_read(*one) for one in asked]))

    @cached_property
    def _remembered(self) -> Callable[[str, int], tuple[NDArray[np.float32], NDArray[np.float32]]]:
        return lru_cache(REMEMBERED)(lambda text, whole: self._rows([_read(text, whole)]))

    def _rows(self, read: Sequence[Read]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(n, t) standardised traits and (n, w) frequent words of n texts."""
        traits = (np.array([one.traits for one in read]) - self.centre[0]) / self.centre[1]
        np.minimum(np.maximum(traits, -LIMIT, out=traits), LIMIT, out=traits)
        return traits.astype(np.float32), self._frequent([one.words for one in read])

    def _frequent(self, texts: Sequence[list[bytes]]) -> NDArray[np.float32]:
        """Of n texts in words."""
        width, none = len(self.words) + 1, len(self.words)
        place = self.words.get
        at = [i * width + place(word, none) for i, words in enumerate(texts) for word in words]
        found = np.bincount(np.array(at, dtype=np.intp), minlength=len(texts) * width).reshape(-1, width)[:, :none]
        lengths = np.array([[max(1, len(words))] for words in texts])
        return np.asarray(np.sqrt(found / lengths), dtype=np.float32)

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


class Read(NamedTuple):
    """What a text is to every reader."""

    traits: list[float]
    words: list[bytes]


def _read(text: str, whole: int) -> Read:
    """`whole`: characters of the text with what many prompts share."""
    words = _words(text)
    return Read(_traits(text, words, whole), words)


def _traits(text: str, words: list[bytes], whole: int) -> list[float]:
    """Lengths and counts, large ones as logarithms."""
    counts = np.bincount(np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8), minlength=256)
    kinds = (counts @ CLASSES).tolist()
    length = len(text)
    lines = text.split("\n")
    return [
        *map(log1p, kinds),
        *[kind / max(1, length) for kind in kinds[:3]],
        *map(log1p, (length, whole - length, len(lines[0]), len(lines[-1]))),
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
    return [log1p(n), total / n, long, len(set(words)) / n, float(max(lengths)), log1p(n / sentences)]


def _number_traits(text: str) -> list[float]:
    numbers = NUMBER.findall(text)
    if not numbers:
        return [0.0] * 5
    values = [len(x) for x in numbers]
    digits = [float(len(set(numbers))), float(sum("." in x for x in numbers)), float(max(values)), float(min(values))]
    return [log1p(len(numbers)), *digits]
