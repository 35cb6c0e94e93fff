"""Routers that predict each model's quality and cost, and choose by how much quality a dollar must buy.

The utility of a model is (1 - lambda) x predicted quality - lambda x predicted cost / scale, where the scale is the mean
cost of the dearest model in the training data: lambda 0 looks at quality alone, 1 at cost alone. (RouterBench, arXiv
2403.12031, writes lambda x quality - cost; dividing by a scale makes one lambda mean the same on every price sheet.)

Four things are settled here for all of them. A model that was added late, with scores on less than half of the prompts, gets a
profile: how it leans on the models known well. A prompt far from the training data is not predicted: the models' means stand
in. What tells the models apart is believed as far as it came true on training prompts that were held out. And a router whose
predictions did not pay even so chooses by the means alone, and says so: at each lambda that is one single model, since utility
is linear and no draw between two is worth more than the better of them; over all lambdas these are the corners of the zero
router's hull, and drawing between two settings gives what lies between.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .decisions import UNFAMILIAR, Decisions
from .errors import BadInput
from .recorded import Floats, Recorded, check_costs, check_teaches
from .strategy import Router, param
from .types import Decision, Model, Prompt

FEWEST = 3
"""Outcomes that a model needs to have a profile."""
PSEUDO = 5
"""A late model's level counts as so many outcomes at that of the others."""
FOLDS = 3
LAMBDAS = np.linspace(0, 0.95, 20)
"""Where it is tried whether predictions pay."""
DOUBT = 0.5
"""Standard errors by which they must."""


def _none() -> NDArray[Any]:
    return np.empty((0, 0))


def all_believed() -> Floats:
    """What `belief` is of a router that is taken at its word."""
    return np.array([[0.0], [1.0]])


@dataclass(frozen=True)
class Estimates:
    """What a router expects of m models on n prompts, before it weighs one against the other."""

    quality: Floats
    """(n, m), 0..1."""
    cost: Floats
    """(n, m), USD."""
    near: NDArray[np.bool_] | None = None
    """(n,), False where a prompt is far from all training data; None where that is not looked at."""


@dataclass
class TradeOff(Router):
    """A learned router: subclasses predict, this class weighs. Raises BadInput where it was not fitted."""

    MOST: ClassVar[int | None] = None
    """Training prompts that are learned from, where that is limited: of more, as many evenly spread."""
    BELIEVED: ClassVar[bool] = False
    """Whether predictions are taken as they come; else they are shrunk towards the means as held-out prompts say."""

    lambda_: float = param(0.2, "0 takes the best model whatever it costs, 1 the cheapest.", low=0, high=1)
    _models: tuple[str, ...] = field(default=(), init=False, repr=False, compare=False)
    _scale: float = field(default=1.0, init=False, repr=False, compare=False)
    _means: Floats = field(default_factory=_none, init=False, repr=False, compare=False)
    """(2, m), mean quality and cost of every model."""
    _late: Floats = field(default_factory=_none, init=False, repr=False, compare=False)
    """(m, 2 + models known well): what is added to quality, cost relative to the others, and weights; NaN where known well."""
    _helps: bool = field(default=True, init=False, repr=False, compare=False)
    _belief: Floats = field(default_factory=all_believed, init=False, repr=False, compare=False)
    """(2, models known well): what quality is shrunk towards, and how much of what is above or below it is kept."""
    _last: tuple[tuple[str, ...], tuple[str, ...], list[int] | slice] = field(
        default=((), ("",), []), init=False, repr=False, compare=False
    )
    """The pool of the last decision, the models of `fit`, and where the ones stand among the others."""

    def fit(self, recorded: Recorded) -> None:
        """Learn from the train split. Raises BadInput for one that cannot teach, naming what to record."""
        core = _core(self.name, recorded)
        scored = recorded.of([recorded.ids[i] for i in core])
        scored = _spread(scored.take(scored.covered), self.MOST)
        _check(self.name, recorded, scored)
        self._models = recorded.ids
        self._means = np.stack([_mean(recorded.quality), _mean(np.where(_known(recorded), recorded.cost, np.nan))])
        self._scale = float(scored.cost.mean(axis=0).max()) or 1.0
        self._late = np.full((len(self._models), 2 + len(core)), np.nan)
        self.learn(scored)
        self._judge(scored)
        for model in set(range(len(self._models))) - set(core):
            self._late[model] = self._profile(recorded, model)
        self._means[:, core] = scored.quality.mean(axis=0), scored.cost.mean(axis=0)

    def _judge(self, scored: Recorded) -> None:
        """How far predictions are believed, and whether choosing by them pays, as prompts say that they had not seen."""
        self._belief, self._helps = all_believed(), True
        held = self.held(scored)
        if held is None:
            return
        looked = ~np.isnan(held.quality[:, 0])
        held, scored = Estimates(held.quality[looked], held.cost[looked]), scored.take(looked)
        if not self.BELIEVED:
            self._belief = belief(held.quality, scored.quality)
        self._helps = pays(self._believed(held), scored, self._scale)

    def _believed(self, found: Estimates) -> Estimates:
        if self.BELIEVED:
            return found
        level, kept = self._belief
        return Estimates(level + kept * (found.quality - level), found.cost, found.near)

    @abstractmethod
    def learn(self, recorded: Recorded) -> None:
        """What `fit` does beyond the price scale. Every prompt has an outcome of every model."""

    @abstractmethod
    def predict(self, prompts: Sequence[Prompt]) -> Estimates:
        """Predictions for prompts of one pool; columns are the models that `learn` saw."""

    def held(self, recorded: Recorded) -> Estimates | None:
        """What is expected of the training prompts by what did not see them, NaN for those not looked at; None where the router
        is not put to that test."""
        return None

    def crossed(self, recorded: Recorded) -> Estimates | None:
        """`held` for a router that is quick to fit: learn without each third, predict it. None for a handful of prompts."""
        n, m = recorded.quality.shape
        if n < 2 * FOLDS:
            return None
        quality, cost = np.empty((n, m)), np.empty((n, m))
        part = np.random.default_rng(0).permutation(n) % FOLDS
        for fold in range(FOLDS):
            one = replace(self)
            one.learn(recorded.take(part != fold))
            found = one.predict(recorded.take(part == fold).prompts)
            quality[part == fold], cost[part == fold] = found.quality, found.cost
        return Estimates(quality, cost)

    def estimate(self, prompts: Sequence[Prompt]) -> Estimates:
        """What is expected of the models of `fit`, late ones too; the means where no prediction is to be had or paid."""
        self.columns(())
        if not self._helps:
            shape = (len(prompts), len(self._models))
            return Estimates(*(np.broadcast_to(mean, shape) for mean in self._means))
        return self.expect(prompts)

    def expect(self, prompts: Sequence[Prompt]) -> Estimates:
        """`estimate`, also where choosing by it was found not to pay: how prompts stand to each other may still be right."""
        self.columns(())
        found = self._believed(self.predict(prompts))
        if self._late.shape[1] - 2 < len(self._models):
            found = self._widened(found)
        if found.near is None or found.near.all():
            return found
        near, (quality, cost) = found.near[:, None], self._means
        return Estimates(np.where(near, found.quality, quality), np.where(near, found.cost, cost), found.near)

    def _widened(self, found: Estimates) -> Estimates:
        """Columns of all models, from those of the ones known well."""
        known = np.isnan(self._late[:, 0])
        quality, cost = (np.empty((len(found.quality), len(known))) for _ in range(2))
        quality[:, known], cost[:, known] = found.quality, found.cost
        late = self._late[~known]
        quality[:, ~known] = np.clip(found.quality @ late[:, 2:].T + late[:, 0], 0, 1)
        cost[:, ~known] = found.cost.mean(axis=1, keepdims=True) * late[:, 1]
        return Estimates(quality, cost, found.near)

    def _profile(self, recorded: Recorded, model: int) -> Floats:
        """How a model with few outcomes leans on the others: ridge from equal weights, on what is expected of them."""
        rows = recorded.take(~np.isnan(recorded.quality[:, model]))
        found = self._believed(self.predict(rows.prompts))
        others = found.quality.shape[1]
        centre = found.quality.mean(axis=0)
        around = found.quality - centre
        weights = np.full(others, 1 / others)
        left = rows.quality[:, model] - found.quality @ weights
        level = left.sum() / (len(rows) + PSEUDO)
        gram = around.T @ around + np.eye(others)
        moved = np.linalg.solve(gram, around.T @ (left - left.mean()))
        ratio = rows.cost[:, model].mean() / (found.cost.mean() or 1.0)
        return np.array([level - centre @ moved, ratio, *(weights + moved)])

    @property
    def name(self) -> str:
        return type(self).__module__.rsplit(".", 1)[-1]

    @property
    def scale(self) -> float:
        """USD: mean cost of the dearest model in the training data."""
        return self._scale

    def price(self, lambda_: float) -> float:
        """Quality that a dollar must buy: 0 at lambda 0, infinite at 1."""
        return math.inf if lambda_ == 1 else lambda_ / (1 - lambda_) / self._scale

    def decide(self, prompt: Prompt) -> Decision:
        return self.decide_all([prompt])[0]

    def decide_all(self, prompts: Sequence[Prompt]) -> Decisions:
        """All at once, for prompts that share one pool."""
        if not prompts:
            return Decisions.none()
        pool, columns = self._placed(prompts[0].models)
        estimates = self.estimate(prompts)
        quality, cost = estimates.quality[:, columns], estimates.cost[:, columns]
        scores = self.utility(quality, cost)
        chosen = scores.argmax(axis=1)

        def tell(i: int) -> Decision:
            best = int(chosen[i])
            why = self._why(estimates, i, f"quality {quality[i, best]:.2f} for ${cost[i, best]:.6f}")
            named = dict(zip(pool, scores[i].tolist(), strict=True))
            label = UNFAMILIAR if self._unfamiliar(estimates, i) else ""
            return Decision(
                pool[best], why, named, 1.0, label, _told(pool, quality[i], cost[i]), {"lambda": self.lambda_}
            )

        return Decisions(pool, chosen, scores, tell)

    def _unfamiliar(self, estimates: Estimates, i: int) -> bool:
        return self._helps and estimates.near is not None and not estimates.near[i]

    def _why(self, estimates: Estimates, i: int, trade: str) -> str:
        if not self._helps:
            return f"routing did not pay on held-out training prompts: the best single model at lambda {self.lambda_:g}, mean {trade}"
        if self._unfamiliar(estimates, i):
            return f"far from the training data: the best single model at lambda {self.lambda_:g}, mean {trade}"
        return f"expects {trade}: the best trade at lambda {self.lambda_:g}"

    def utility(self, quality: Floats, cost: Floats) -> Floats:
        return (1 - self.lambda_) * quality - self.lambda_ * cost / self._scale

    def columns(self, pool: Sequence[Model]) -> list[int]:
        """Where the models of a pool stand among those of `fit`. Raises BadInput."""
        if not self._models:
            raise BadInput(
                f"{self.name} is not fitted: run `workbench fit {self.name} --data NAME`, then choose it again"
            )
        unknown = [m.id for m in pool if m.id not in self._models]
        if unknown:
            raise BadInput(
                f"{self.name} was fitted on {', '.join(self._models)} and knows nothing of {', '.join(unknown)}: take "
                "these out of the pool, or record them and fit anew"
            )
        return [self._models.index(m.id) for m in pool]

    def _placed(self, models: Sequence[Model]) -> tuple[tuple[str, ...], list[int] | slice]:
        """The ids of a pool and their columns; looked up when the pool is another than last time."""
        pool = tuple([m.id for m in models])
        seen, fitted, columns = self._last
        if seen != pool or fitted is not self._models:
            found = self.columns(models)
            columns = slice(None) if found == list(range(len(self._models))) else found
            self._last = pool, self._models, columns
        return pool, columns

    def state(self) -> dict[str, Any]:
        return {
            "models": list(self._models),
            "scale": self._scale,
            "helps": self._helps,
            "belief": self._belief,
            "means": self._means,
            "late": self._late,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._models, self._scale = tuple(state["models"]), float(state["scale"])
        self._helps, self._means, self._late = bool(state["helps"]), state["means"], state["late"]
        self._belief = state.get("belief", all_believed())  # the first versions believed all


def belief(held: Floats, quality: Floats) -> Floats:
    """(2, m): the means, and the share of what held-out predictions (n, m) say of models against each other that came true.

    The slope of least squares, from 0 to 1, through all prompts and models, of how far a model is from its mean beyond how far
    all models are: what makes a prompt hard for every model alike is foreseen far better, and chooses nothing.
    """
    level = quality.mean(axis=0)
    said, true = (x - x.mean(axis=1, keepdims=True) for x in (held - held.mean(axis=0), quality - level))
    kept = np.clip((said * true).sum() / max((said**2).sum(), 1e-12), 0, 1)
    return np.stack([level, np.full_like(level, kept)])


def pays(held: Estimates, recorded: Recorded, scale: float) -> bool:
    """Whether choosing by held-out predictions beats the best single model of the same prompts, by half a standard error.

    Measured as utility, meaned over lambdas from 0 to .95: what the best single model gives is itself found in hindsight.
    """
    rows = np.arange(len(recorded))
    gain = np.zeros(len(recorded))
    for x in LAMBDAS:
        truth = (1 - x) * recorded.quality - x * recorded.cost / scale
        chosen = ((1 - x) * held.quality - x * held.cost / scale).argmax(axis=1)
        gain += truth[rows, chosen] - truth[:, truth.mean(axis=0).argmax()]
    return bool(gain.mean() > DOUBT * gain.std() / math.sqrt(len(gain)))


def _known(recorded: Recorded) -> NDArray[np.bool_]:
    return np.asarray(~np.isnan(recorded.quality))


def _mean(values: Floats) -> Floats:
    """Of each column, over what is there."""
    there = ~np.isnan(values)
    return np.asarray(np.where(there, values, 0).sum(axis=0) / np.maximum(1, there.sum(axis=0)))


def _core(name: str, recorded: Recorded) -> list[int]:
    """The models known well: scored on at least half of the prompts. Raises BadInput for one with hardly any outcome."""
    known = _known(recorded)
    counts = known.sum(axis=0)
    bare = [
        m for m, count in zip(recorded.ids, counts, strict=True) if count < min(FEWEST, known.any(axis=1).sum() / 2)
    ]
    if bare or not known.any():
        raise BadInput(
            f"{name} has nothing to learn from: {', '.join(bare) or 'the data set'} has fewer than {FEWEST} scored outcomes; "
            "record more, or choose fewer models"
        )
    return [i for i, count in enumerate(counts) if 2 * count >= known.any(axis=1).sum()]


def _spread(recorded: Recorded, most: int | None) -> Recorded:
    if most is None or len(recorded) <= most:
        return recorded
    return recorded.take(np.linspace(0, len(recorded) - 1, most).astype(np.intp))


def _check(name: str, recorded: Recorded, scored: Recorded) -> None:
    """Raises BadInput where there is nothing to learn, or nothing to choose."""
    if not len(scored):
        raise BadInput(
            f"{name} has nothing to learn from: no prompt has a scored outcome of every one of "
            f"{', '.join(recorded.ids)}; record the missing ones, or choose fewer models"
        )
    check_costs(name, scored.cost)
    check_teaches(name, recorded.ids, scored.quality)


def _told(pool: tuple[str, ...], quality: Floats, cost: Floats) -> dict[str, float | str]:
    """What was expected of every model, for the trace."""
    return dict(zip(_named(pool), chain.from_iterable(zip(quality.tolist(), cost.tolist(), strict=True)), strict=True))


@lru_cache(64)
def _named(pool: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{what} of {model}" for model in pool for what in ("quality", "cost"))
