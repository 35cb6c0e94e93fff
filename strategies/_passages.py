"""Search in a given text: its passages, ranked by BM25 (Robertson and Zaragoza 2009, k1 = 1.5, b = 0.75) over their words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

WORD = re.compile(r"\w+")
BREAK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*•]|\d+[.)]))")
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
WORDS = 60
"""Of a passage, about; a sentence is not cut."""
K1, B = 1.5, 0.75
LONGEST = 400_000
"""Characters that are searched."""


def search(query: str, text: str, most: int = 3) -> list[str]:
    """The passages that share words with the query, best first; equal ones as they stand in the text."""
    found = passages(text[:LONGEST])
    scores = bm25(words(query), [words(passage) for passage in found])
    ranked = sorted(range(len(found)), key=lambda i: -scores[i])
    return [found[i] for i in ranked[:most] if scores[i] > 0]


def passages(text: str) -> list[str]:
    """Paragraphs, list items, and long ones by the sentence."""
    found: list[str] = []
    for block in BREAK.split(text):
        part, count = list[str](), 0
        for sentence in SENTENCE.split(block.strip()):
            part.append(sentence)
            count += len(WORD.findall(sentence))
            if count >= WORDS:
                found.append(" ".join(part))
                part, count = [], 0
        found.append(" ".join(part))
    return [passage for passage in found if WORD.search(passage)]


def words(text: str) -> list[str]:
    return [word.removesuffix("s") if len(word) > 3 else word for word in WORD.findall(text.lower())]


def bm25(query: Sequence[str], documents: Sequence[Sequence[str]]) -> list[float]:
    """A score for each document, 0 where it has no word of the query."""
    mean = sum(map(len, documents)) / max(1, len(documents)) or 1.0
    counts = [Counter(document) for document in documents]
    having = Counter(word for count in counts for word in count)
    scores = [0.0] * len(documents)
    for word in set(query) & having.keys():
        rarity = math.log(1 + (len(documents) - having[word] + 0.5) / (having[word] + 0.5))
        for i, count in enumerate(counts):
            often, length = count[word], len(documents[i])
            scores[i] += rarity * often * (K1 + 1) / (often + K1 * (1 - B + B * length / mean))
    return scores
