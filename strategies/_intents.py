"""Intents as utterances: how alike a prompt is to those of each, and from which likeness on it counts as one of them.

Likeness is the mean of the five largest cosines to an intent's utterances, after the mean of all intents is taken off every
vector: what all prompts have in common tells nothing (Mu and Viswanath, All-but-the-Top, arXiv 1702.01417).
"""

from __future__ import annotations

import hashlib
import json
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.embed import Embedder, Vectors, mismatch, shared
from workbench.errors import BadInput
from workbench.policy import laid_over, only_keys, stamp_of, words_of
from workbench.vectors import VectorIndex
from workbench.vectors import shared as indexes

TIERS = ("cheap", "middle", "strong", "default")
NEAREST = 5
"""Utterances of an intent that a prompt's likeness to it is the mean of; an intent must have so many."""
NOBODY = -10.0
"""Below every cosine: a seat that no utterance takes is never among the nearest."""
FILE = "intents.toml"
FITTED = "intents/thresholds.json"
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Intents:
    """What prompts are compared with: m intents of 5 or more utterances each."""

    names: tuple[str, ...]
    tiers: tuple[str, ...]
    thresholds: Floats
    """(m,): likeness from which a prompt is of the intent."""
    utterances: tuple[tuple[str, ...], ...]
    vectors: Vectors
    """(utterances of all, dim), centred, of length 1, in their order."""
    centre: NDArray[np.float32]
    """(dim,): mean of the intents' means, before centring."""
    index: VectorIndex | None = None
    """Where else the vectors are, each under its number."""

    def likeness(self, embedded: Vectors) -> Likeness:
        """To n prompts' vectors, which have length 1.

        With c the centre and u an utterance's centred vector, the cosine is (v . u - c . u) / |v - c|: one product.
        """
        if self.index is not None:
            return self._looked_up(self.index, embedded)
        product = embedded @ self._rows.T
        product -= self._shift
        distance = np.sqrt(np.maximum(self._length - 2 * product[:, -1:], 1e-12))
        return self._summed(product, distance)

    def _looked_up(self, index: VectorIndex, embedded: Vectors) -> Likeness:
        """The same, of cosines that an index gives. Raises BadInput while it does not have them all."""
        moved = embedded - self.centre
        moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
        found = np.full((len(embedded), len(self.vectors) + 1), NOBODY, dtype=np.float32)
        for row, hits in zip(found, index.search(moved, len(self.vectors)), strict=True):
            if len(hits) < len(self.vectors):
                raise BadInput(
                    f"the vector index has {len(hits)} of {len(self.vectors)} utterances: it may need some seconds to show "
                    "what was added; if it stays so, delete the collection or namespace and begin again"
                )
            row[[int(hit.id) for hit in hits]] = [hit.score for hit in hits]
        return self._summed(found, np.float32(1))

    def _summed(self, near: NDArray[np.float32], distance: NDArray[np.float32] | np.float32) -> Likeness:
        """Of n prompts' nearness to all utterances, then to nobody, which is a cosine when divided by the distance."""
        apart = near.take(self._seats, axis=1)
        nearest = apart.argmax(axis=2)
        apart.partition(apart.shape[2] - NEAREST, axis=2)
        mean = apart[:, :, -NEAREST:].sum(axis=2) / (NEAREST * distance)
        return Likeness(mean.astype(np.float64), nearest)

    @cached_property
    def _seats(self) -> NDArray[np.intp]:
        """(m, w): the rows of each intent's utterances, then nobody's up to as many as the intent with most of them has."""
        widest, rows = max(map(len, self.utterances)), iter(range(len(self.vectors)))
        seated = [[next(rows) for _ in texts] for texts in self.utterances]
        return np.array([row + [len(self.vectors)] * (widest - len(row)) for row in seated], dtype=np.intp)

    @cached_property
    def _rows(self) -> NDArray[np.float32]:
        """(utterances + 2, dim): what a prompt is multiplied with; then nothing, for nobody, and the centre."""
        return np.vstack([self.vectors, np.zeros_like(self.centre), self.centre])

    @cached_property
    def _shift(self) -> NDArray[np.float32]:
        """(utterances + 2,): what is taken off the product."""
        return np.append(self.vectors @ self.centre, [np.float32(-NOBODY), np.float32(0)])

    @cached_property
    def _length(self) -> float:
        return 1.0 + float(self.centre @ self.centre)


@dataclass(frozen=True)
class Likeness:
    """How alike n prompts are to m intents."""

    mean: Floats
    """(n, m), of the cosines to the NEAREST utterances that are most like the prompt."""
    nearest: NDArray[np.intp]
    """(n, m): which of an intent's utterances is most like it."""


@dataclass(frozen=True)
class Fitted:
    """Thresholds that were fitted on labelled prompts, by intent: they hold for one embedder's vectors only."""

    embedder: str
    thresholds: Mapping[str, float]


def embedded(tables: Mapping[str, Mapping[str, Any]], fitted: Fitted, embedder: Embedder) -> Intents:
    """Intents of a file's tables. Raises BadInput for an intent without a threshold, fitted or written in the file."""
    thresholds = np.array([_threshold(name, table, fitted) for name, table in tables.items()], dtype=np.float64)
    utterances = tuple(tuple(dict.fromkeys(table["utterances"])) for table in tables.values())
    parts = [embedder.embed(texts) for texts in utterances]
    centre = np.asarray(np.mean([part.mean(axis=0) for part in parts], axis=0), dtype=np.float32)
    moved = np.concatenate(parts) - centre
    vectors = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    tiers = tuple(table["tier"] for table in tables.values())
    kept = vectors.astype(np.float32)
    return Intents(tuple(tables), tiers, thresholds, utterances, kept, centre, _index(kept))


def _index(kept: Vectors) -> VectorIndex | None:
    """An index that holds these vectors and no others: its name is a hash of them."""
    opens = indexes()
    if opens is None:
        return None
    index = opens(f"intents-{hashlib.blake2b(kept.tobytes(), digest_size=8).hexdigest()}", kept.shape[1])
    if len(index) < len(kept):
        index.add([str(i) for i in range(len(kept))], kept)
    return index


def _threshold(name: str, table: Mapping[str, Any], fitted: Fitted) -> float:
    found = table.get("threshold", fitted.thresholds.get(name))
    again = f"write one into [{name}] of {FILE}"
    if "threshold" not in table and found is not None and (wrong := mismatch(fitted.embedder, again)):
        raise BadInput(f"the threshold of {name} {wrong}")
    if found is None or not -1 <= found <= 1:
        raise BadInput(
            f"{FILE} [{name}] has no threshold from -1 to 1: write threshold = 0.3 into it, or fit one from labelled prompts"
        )
    return float(found)


def parsed(text: str) -> dict[str, dict[str, Any]]:
    """The intents of a file, by name. Raises BadInput."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{FILE} is not TOML: {error}") from None
    only_keys(FILE, tables, dict.fromkeys(tables, dict))
    if not tables:
        raise BadInput(f"{FILE} names no intent: add one, such as [code] with tier and utterances")
    for name, table in tables.items():
        where = f"{FILE} [{name}]"
        only_keys(where, table, {"about": str, "tier": str, "threshold": (int, float), "utterances": list})
        if table.get("tier") not in TIERS:
            raise BadInput(f"{where}: tier must be one of {', '.join(TIERS)}, not {table.get('tier')!r:.40}")
        if len(set(words_of(f"{where} utterances", table.get("utterances", [])))) < NEAREST:
            raise BadInput(f"{where} needs {NEAREST} or more utterances, better twelve")
    return tables


class Known:
    """The intents in force: the user's file over ours, read and embedded again when file or embedder change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: tuple[Any, Intents] | None = None

    def current(self) -> Intents:
        """Raises BadInput for a file that cannot be used."""
        path, fitted, embedder = laid_over(FILE), laid_over(FITTED), shared()
        stamp = path, stamp_of(path), fitted, stamp_of(fitted), embedder, indexes()
        held = self._held
        if held is None or held[0] != stamp:
            with self._lock:
                held = self._held = stamp, _read(path, fitted, embedder)
        return held[1]


def _read(path: Path, fitted: Path, embedder: Embedder) -> Intents:
    try:
        tables = parsed(path.read_text(encoding="utf-8"))
        known = json.loads(fitted.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadInput(f"{path} or {fitted} cannot be read: {error}") from None
    if not (
        isinstance(known, dict) and isinstance(known.get("embedder"), str) and isinstance(known.get("thresholds"), dict)
    ):
        raise BadInput(f"{fitted} must name an embedder, and thresholds as a map of intents to numbers")
    return embedded(tables, Fitted(known["embedder"], known["thresholds"]), embedder)


KNOWN = Known()
