"""Learns while it serves: tries models in proportion to the chance that each is the best for such a prompt.

A contextual bandit over prompt vectors. `thompson` chooses each model with the probability that its expected reward is the largest,
`linucb` the largest optimistic reward. No model's probability falls below the floor, and what is logged is the very probability that the
draw is made with. It forgets at a steady pace, so that it follows a model that changes.

Source: Thompson sampling (Agrawal and Goyal, arXiv 1209.3352); LinUCB (Li et al., arXiv 1003.0146).
Learns from: votes, judge scores and recorded outcomes, one by one as they come or all at once with fit.
Deciding costs: one embedding (about 2 ms, nothing when cached) and some 50 us.
Score: expected reward against price, weighed by lambda.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from strategies._chance import drawn
from strategies._pool import tokens_of
from strategies._posterior import Floats, Posterior, chance_best
from workbench.decisions import FLOOR, Decisions
from workbench.embed import shared
from workbench.errors import BadInput
from workbench.recorded import Recorded, check_scores
from workbench.strategy import Router, param
from workbench.types import Decision, Feedback, Model, Prompt

DIM = 24
"""Numbers of a context: a constant, and a prompt's vector seen in so many directions."""
ANSWER_TOKENS = 300
"""Length of an answer assumed for its price."""


def _directions() -> NDArray[np.float64]:
    """(DIM - 1, 384): random orthogonal directions, the same on every machine (Johnson and Lindenstrauss, 1984)."""
    gauss = np.random.RandomState(0).standard_normal((shared().dim, DIM - 1))
    return np.asarray(np.linalg.qr(gauss)[0].T)


@dataclass
class Bandit(Router):
    method: str = param("thompson", "How it explores.", choices=("thompson", "linucb"))
    lambda_: float = param(0.2, "0 looks at reward alone, 1 at price alone.", low=0, high=1)
    explore: float = param(1.0, "How far it trusts what is uncertain; 0 never tries.", low=0, high=10)
    discount: float = param(0.9995, "Weight of an observation after the next one.", low=0.9, high=1, learned=True)
    floor: float = param(FLOOR, "Least probability of every model.", low=FLOOR, high=0.5)
    seed: int = param(0, "Another seed, another sequence of draws.", low=0)
    _posterior: Posterior = field(default_factory=lambda: Posterior(DIM), init=False, repr=False, compare=False)
    _axes: Floats | None = field(default=None, init=False, repr=False, compare=False)

    def decide(self, prompt: Prompt) -> Decision:
        return self.decide_all([prompt])[0]

    def decide_all(self, prompts: Sequence[Prompt]) -> Decisions:
        """All at once, for prompts that share one pool."""
        if not prompts:
            return Decisions.none()
        models, pool = prompts[0].models, tuple([m.id for m in prompts[0].models])
        reward, spread = self._posterior.expect(self._contexts(prompts), pool)
        usd = _prices(prompts, models)
        dearest = usd.max(axis=1, keepdims=True)
        value = (1 - self.lambda_) * reward - self.lambda_ * usd / np.where(dearest > 0, dearest, 1.0)
        chance = self._chances(value, (1 - self.lambda_) * self.explore * spread)
        chosen = [drawn(row, self.seed, p.id) for row, p in zip(chance.tolist(), prompts, strict=True)]

        def tell(i: int) -> Decision:
            at = chosen[i]
            why = (
                f"expects reward {reward[i, at]:.2f} +- {spread[i, at]:.2f}; drawn with probability {chance[i, at]:.3g}"
            )
            features: dict[str, float | str] = dict(zip(_named(pool), reward[i].tolist(), strict=True))
            scores = dict(zip(pool, value[i].tolist(), strict=True))
            return Decision(pool[at], why, scores, float(chance[i, at]), features=features)

        return Decisions(pool, np.array(chosen, dtype=np.intp), value, tell)

    def _chances(self, value: Floats, doubt: Floats) -> Floats:
        """(n, m): the probability that each draw is made with."""
        m = value.shape[1]
        wish = chance_best(value, doubt) if self.method == "thompson" else np.eye(m)[(value + doubt).argmax(axis=1)]
        floor = min(self.floor, 1 / m)
        return np.asarray(floor + (1 - m * floor) * wish)

    def observe(self, feedback: Feedback) -> None:
        """One reward, of whoever's answer. Raises BadInput for one outside 0 to 1."""
        if not 0 <= feedback.reward <= 1:
            raise BadInput(f"a reward must be from 0 to 1, not {feedback.reward}")
        context = self._contexts([feedback.prompt])[0]
        self._posterior.observe(feedback.model, context, feedback.reward, self.discount)

    def fit(self, recorded: Recorded) -> None:
        """Begin with recorded outcomes, weighed together like as many observations as it remembers. Raises BadInput for none, and
        for scores outside 0 to 1.

        One model's outcomes, or all of the same score, are a beginning too: they are believed as far as they go, the other models
        stay uncertain and are tried, and what comes later is learned.
        """
        check_scores("bandit", recorded.quality)
        self._posterior = Posterior(DIM)
        contexts = self._contexts(recorded.prompts)
        for column, model in enumerate(recorded.ids):
            known = ~np.isnan(recorded.quality[:, column])
            memory = 1 / max(1 - self.discount, 1e-9) / max(1, int(known.sum()))
            if known.any():
                self._posterior.learn(model, contexts[known], recorded.quality[known, column], min(1.0, memory))
        if not self._posterior.models:
            raise BadInput(
                "bandit has nothing to learn from: no outcome of this data set is scored; grade or record some"
            )

    def _contexts(self, prompts: Sequence[Prompt]) -> Floats:
        """(n, DIM)."""
        if self._axes is None:
            self._axes = _directions()
        seen = shared().embed([p.text for p in prompts]) @ self._axes.T
        return np.asarray(np.concatenate([np.ones((len(prompts), 1)), seen * (shared().dim / DIM) ** 0.5], axis=1))

    def state(self) -> dict[str, Any]:
        return self._posterior.state()

    def restore(self, state: dict[str, Any]) -> None:
        self._posterior = Posterior.restored(state)


def _prices(prompts: Sequence[Prompt], models: Sequence[Model]) -> Floats:
    """(n, m), USD."""
    tokens = np.array([[tokens_of(prompt)] for prompt in prompts])
    given, made = np.array([(m.price_in, ANSWER_TOKENS * m.price_out) for m in models]).T
    return np.asarray((tokens * given + made) / 1e6)


@lru_cache(64)
def _named(pool: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"reward of {model}" for model in pool)
