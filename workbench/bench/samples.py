"""Whether the agreement of a weak model's own samples tells when to ask a strong one, on recorded samples of hosted models.

The strategy itself runs (cascade, acceptor agreement) over the samples in their recorded order. APGR counts strong calls alone; the
weak calls, as many as samples, are counted beside them, and so is the price of a strong call, in weak calls, from which on
all of them together cost less than mixing single drafts and strong answers at random to the same quality. The learned acceptor is
measured without and with agreement as its confidence; questions about dates come in groups on one text, of which it has seen some.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from workbench.errors import BadInput
from workbench.events import Decided, Delta
from workbench.metrics import bootstrap, pgr
from workbench.recorded import Floats, Recorded
from workbench.services.specs import registry
from workbench.session import RecordedClock, Session
from workbench.types import Call, Model, Prompt, Reply, Usage, user

from .cascades import gains

SHARED = Path(__file__).parents[3] / "shared" / "datasets" / "mot_samples.parquet"
STRONG = "gpt-4"
SETS = {
    "dates, gpt-3.5-turbo": ("mot_date", "gpt-3.5-turbo", "cot1", "response"),
    "dates, llama-2-13b": ("mot_date", "llama-2-13b", "cot1", "response"),
    "grade school maths, llama-2-13b programs": ("mot_gsm", "llama-2-13b", "pot1", "parsed"),
}
"""Data set, weak model, style of its prompt, and the column that holds what it said: of a program, what it printed."""
SAMPLES = (3, 5, 10)
BARS = (0.6, 0.8, 1.0)
"""Shares of the samples that must agree."""
RESAMPLES = 300
POOL = (Model("weak", 1.0, 1.0), Model("strong", 30.0, 30.0))


@dataclass(frozen=True)
class Sampled:
    """One prompt: the weak model's samples in their order, with the quality of each, and the strong model's quality."""

    id: str
    text: str
    samples: tuple[str, ...]
    quality: tuple[float, ...]
    strong: float


@dataclass(frozen=True)
class Voted:
    """What agreement made of n prompts."""

    text: tuple[str, ...]
    share: Floats
    weak: Floats
    """Quality of the answer most samples agree on."""
    calls: Floats


def measure(path: Path = SHARED) -> dict[str, Any]:
    """By set and number of samples. Raises BadInput where the samples are not there: they are not the project's to hand on."""
    if not path.is_file():
        raise BadInput(f"this figure needs recorded samples of hosted models in {path}: put them there")
    frame = pl.read_parquet(path)
    return {name: _figures(read(frame, *which, most=max(SAMPLES))) for name, which in SETS.items()}


def read(frame: pl.DataFrame, data: str, weak: str, style: str, said: str, most: int) -> list[Sampled]:
    """Prompts with so many samples and a strong answer."""
    strong = frame.filter(dataset=data, model=STRONG, prompt_style=f"greedy_{style}").unique("query_id", keep="first")
    better = dict(zip(strong["query_id"], strong["quality"], strict=True))
    rows = frame.filter(dataset=data, model=weak, prompt_style=style).sort("query_id", "sample_idx")
    found = []
    for (query,), part in rows.group_by("query_id", maintain_order=True):
        if part.height >= most and query in better:
            texts, quality = part[said].fill_null("").to_list(), part["quality"].to_list()
            found.append(Sampled(str(query), part["prompt"][0], tuple(texts), tuple(quality), better[query]))
    return found


def _figures(prompts: Sequence[Sampled]) -> dict[str, Any]:
    strong = np.array([one.strong for one in prompts])
    single = np.array([one.quality[0] for one in prompts])
    made: dict[str, Any] = {
        "prompts": len(prompts),
        "one sample, strong": f"{single.mean():.3f}, {strong.mean():.3f}",
    }
    drawn = bootstrap.weights(len(prompts), RESAMPLES)
    for k in SAMPLES:
        vote = voted(prompts, k)
        made[f"{k} samples"] = {
            "quality of the vote": f"{vote.weak.mean():.3f}",
            "APGR of agreement": _apgr(-vote.share, vote.weak, strong, drawn),
            "APGR learned, without": _apgr(_learned(prompts, vote, np.nan), vote.weak, strong, drawn),
            "APGR learned, with it": _apgr(_learned(prompts, vote, np.log(vote.share)), vote.weak, strong, drawn),
            **{f"{bar:.0%} must agree": _at(bar, vote, single, strong) for bar in BARS},
        }
    return made


def voted(prompts: Sequence[Sampled], k: int) -> Voted:
    """Every prompt run through the strategy, each vote accepted whatever its share."""
    strategy = registry().build("cascade", {"acceptor": "agreement", "samples": k, "agreement": 0.0})

    async def ask(one: Sampled) -> tuple[str, float, float, int]:
        told: list[float] = []

        def hear(event: Any) -> None:
            if isinstance(event, Decided):
                told.append(float(event.decision.features["sure"]))

        prompt = Prompt(one.id, (user(one.text),), POOL)
        session = Session(prompt, _Samples(one), hear, clock=RecordedClock())
        text = (await strategy.run(prompt, session)).reply.text
        return text, told[-1], one.quality[one.samples.index(text)], len(session.replies)

    async def all_of() -> list[tuple[str, float, float, int]]:
        return [await ask(one) for one in prompts]

    texts, share, quality, calls = zip(*asyncio.run(all_of()), strict=True)
    return Voted(tuple(texts), np.array(share), np.array(quality), np.array(calls, dtype=float))


class _Samples:
    """The weak model as it was recorded, sample by sample."""

    def __init__(self, one: Sampled) -> None:
        self._one = one

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        yield Reply(self._one.samples[call.sample], Usage(0, 0), 0.0, 0.0, 0.0)


def _learned(prompts: Sequence[Sampled], vote: Voted, sure: Any) -> Floats:
    """What the learned acceptor expects the strong model to add, each prompt judged by other folds.

    `sure` stands where a draft's mean log-probability would.
    """
    n = len(prompts)
    none = np.full((n, 2), "", dtype=object)
    texts, logprob = none.copy(), np.full((n, 2), np.nan)
    texts[:, 0], logprob[:, 0] = vote.text, sure
    asked = tuple(Prompt(one.id, (user(one.text),), POOL) for one in prompts)
    quality = np.stack([vote.weak, [one.strong for one in prompts]], axis=1)
    blank = np.full(n, "", dtype=object)
    cost = np.broadcast_to([model.price_in * 1e-6 for model in POOL], (n, 2))
    tokens = np.zeros((n, 2, 2), dtype=np.int64)
    return gains(
        Recorded(asked, POOL, quality, cost, np.full((n, 2), np.nan), logprob, tokens, none, texts, blank, blank)
    )


def _at(bar: float, vote: Voted, single: Floats, strong: Floats) -> str:
    passed = vote.share < bar
    quality, share = float(np.where(passed, strong, vote.weak).mean()), float(passed.mean())
    mixed = (quality - single.mean()) / (strong.mean() - single.mean())
    reached = f"quality {quality:.3f}, {vote.calls.mean():.0f} weak calls and {share:.2f} strong ones"
    if mixed >= 1:
        return f"{reached}; above the strong model alone"
    if mixed <= share:
        return f"{reached}; never cheaper than mixing"
    pays = (vote.calls.mean() - 1 + mixed) / (mixed - share)
    return f"{reached}; cheaper than mixing where a strong call costs {pays:.0f} weak ones"


def _apgr(wanted: Floats, weak: Floats, strong: Floats, drawn: bootstrap.Weights) -> str:
    value = pgr.apgr(pgr.recovered(wanted, weak, strong))
    found = bootstrap.interval(value, pgr.resampled(wanted, weak, strong, drawn).apgr)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
