"""Models by what the prompt is about, told by the example utterances it is most like.

Compares the prompt's MiniLM vector with the utterances of eight intents (data/intents.toml, or intents.toml in your home: maths, code,
reasoning, facts, translate, extract, writing, chat) and of a ninth, other. Likeness to an intent is the mean of its five largest cosines,
after what all intents share is taken off. The most alike intent chooses the model: the cheapest, middle or dearest of the pool by its
tier, or the one you give it. The default model answers what is most like other, and what is less like its intent than that one's
threshold. Reads the last user message, its first 300 and last 100 characters; knows English best.

Source: semantic routers by utterances (semantic-router); all-but-the-top (Mu and Viswanath, arXiv 1702.01417).
Learns from: nothing while it runs; its thresholds are fitted on labelled prompts.
Deciding costs: one embedding (some milliseconds; tens of microseconds when it is cached).
Score: the largest likeness of the intents that a model serves, 0 where it serves none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies._intents import KNOWN, TIERS, Intents
from strategies._pool import by_price, member
from workbench.decisions import OTHER, Decisions
from workbench.embed import Vectors, shared
from workbench.errors import BadParameter
from workbench.strategy import Router, param
from workbench.types import Decision, Model, Prompt

START, END = 300, 100
"""Characters of a long prompt that are read: a wish stands before or after the text it is about."""


@dataclass
class Semantic(Router):
    models: str = param("", "Who answers which intent: code=model-a, chat=model-b. The others go by their tier.")
    default: str = param("", "Model for prompts of no intent; empty means the dearest.", kind="model")
    strictness: float = param(0.0, "Added to every threshold: more abstains more often.", low=-1, high=1)
    _last: tuple[Any, tuple[tuple[str, ...], int, NDArray[np.intp]]] | None = field(
        default=None, init=False, repr=False, compare=False
    )
    """What the last decision was asked with, and who serves what then."""

    def decide(self, prompt: Prompt) -> Decision:
        return self.decide_all([prompt])[0]

    def decide_all(self, prompts: Sequence[Prompt]) -> Decisions:
        """All at once, for prompts that share one pool."""
        if not prompts:
            return Decisions.none()
        known = KNOWN.current()
        vectors = shared().embed([_read(p.text) for p in prompts])
        return self.decided(vectors, known, prompts[0].models)

    def decided(self, vectors: Vectors, known: Intents, pool: Sequence[Model]) -> Decisions:
        """What it decides of prompts that are embedded already."""
        ids, default, serves = self._served(known, pool)
        found = known.likeness(vectors)
        rows, best = np.arange(len(vectors)), found.mean.argmax(axis=1)
        high = found.mean[rows, best]
        nearest, taken = found.nearest[rows, best], high >= known.thresholds[best] + self.strictness
        chosen = np.where(taken, serves[best], default)
        scores = np.zeros((len(best), len(ids)))
        np.maximum.at(scores.T, serves, found.mean.T)

        def tell(i: int) -> Decision:
            at, name = int(best[i]), known.names[best[i]]
            threshold, like = float(known.thresholds[at]) + self.strictness, known.utterances[at][nearest[i]]
            why = (
                f"{name} ({high[i]:.2f}): like '{like}'"
                if taken[i]
                else f"of no intent: most like {name}, {high[i]:.2f} where {threshold:.2f} is needed"
            )
            features: dict[str, float | str] = dict(zip(_named(known.names), found.mean[i].tolist(), strict=True))
            named, label = dict(zip(ids, scores[i].tolist(), strict=True)), name if taken[i] else OTHER
            return Decision(ids[chosen[i]], why, named, 1.0, label, features, {f"{name} from": threshold})

        return Decisions(ids, chosen, scores, tell)

    def _served(self, known: Intents, pool: Sequence[Model]) -> tuple[tuple[str, ...], int, NDArray[np.intp]]:
        """The ids of a pool, the default's column and that of each intent's model; looked up when anything is another."""
        asked = known, tuple(pool), self.models, self.default
        if self._last is None or self._last[0] != asked:
            ids = tuple(m.id for m in pool)
            default = ids.index(self._default(pool))
            self._last = asked, (ids, default, self._serving(known, pool, default))
        return self._last[1]

    def _default(self, pool: Sequence[Model]) -> str:
        return member("semantic.default", self.default, pool) if self.default else by_price(pool)[-1].id

    def _serving(self, known: Intents, pool: Sequence[Model], default: int) -> NDArray[np.intp]:
        """(m,): the column in the pool of each intent's model."""
        ranked, ids = by_price(pool), [m.id for m in pool]
        tiers = dict(zip(TIERS, (ranked[0].id, ranked[len(ranked) // 2].id, ranked[-1].id, ids[default]), strict=True))
        given = _parsed(self.models) if self.models else {}
        if unknown := [name for name in given if name not in known.names]:
            raise BadParameter(f"semantic.models: no intent {', '.join(unknown)}; there are {', '.join(known.names)}")
        named = {name: member(f"semantic.models: {name}", model, pool) for name, model in given.items()}
        served = [named.get(name, tiers[tier]) for name, tier in zip(known.names, known.tiers, strict=True)]
        return np.array([ids.index(model) for model in served], dtype=np.intp)


@lru_cache(16)
def _named(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"like {name}" for name in names)


def _read(text: str) -> str:
    return text if len(text) <= START + END else f"{text[:START]}\n{text[-END:]}"


def _parsed(text: str) -> dict[str, str]:
    """Model by intent. Raises BadParameter for what is no map."""
    given = {}
    for pair in filter(str.strip, text.split(",")):
        name, _, model = (part.strip() for part in pair.partition("="))
        if not name or not model:
            raise BadParameter(f"semantic.models must look like code=model-a, chat=model-b, not {text!r:.80}")
        given[name] = model
    return given
