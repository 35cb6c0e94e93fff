"""What a replay shows, in a sentence: pieces of text, some strong, some intervals, so that every reader can set them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.metrics import bootstrap, reference
from workbench.metrics.estimate import Estimate
from workbench.metrics.matched import NEARLY
from workbench.recorded import Floats

from .judged import Judged
from .replay import Track

Piece = Mapping[str, str]
SHOWN = 0.05
"""Points of quality that are not written as 0.0."""


def sentence(judged: Judged, document: Mapping[str, Any]) -> list[Piece]:
    """How the best strategy stands against the best single model, mixing single models, and the next best strategy."""
    order = _ranked(document["curves"])
    top = order[0]
    label = document["curves"][top]["label"]
    pieces = [_strong(label), *_against_single(judged, judged.tracks[top])]
    pieces += _against_mixing(document["curves"][top]["aiq_gain"])
    if len(order) > 1:
        pieces += _against(judged, document, top, order[1])
    return [*pieces, _plain(".")]


def plain_text(pieces: Sequence[Piece]) -> str:
    return "".join(piece["text"] for piece in pieces)


def _ranked(curves: Sequence[Mapping[str, Any]]) -> list[int]:
    """Strategies by AIQ, those without one by arena score after them."""
    return sorted(range(len(curves)), key=lambda i: (_merit(curves[i]), -i), reverse=True)


def _merit(curve: Mapping[str, Any]) -> tuple[bool, float]:
    return (curve["aiq"] is not None, (curve["aiq"] or curve["arena"])["value"])


def _against_single(judged: Judged, track: Track) -> list[Piece]:
    """At the cheapest setting that nearly reaches the best single model, else at the best: chosen on half of the prompts, judged
    on the other half, with the spread of the one that all of them choose."""
    quality, cost = reference.best_single(judged.recorded.quality, judged.recorded.cost)
    at = _nearly(track.cost.mean(axis=1), track.quality.mean(axis=1), quality.mean())
    tune, test = _halved(judged, track, quality, cost)
    chosen = [_nearly(*one) for one in zip(tune.cost, tune.quality, tune.single, strict=True)]
    rows = np.arange(len(chosen))
    gap = bootstrap.mean(100 * (track.quality[at] - quality), judged.drawn)
    gap = _moved(gap, 100 * float((test.quality[rows, chosen] - test.single).mean()))
    pieces = _standing(gap, judged.recorded.ids[judged.best_model])
    if share := bootstrap.ratio(100 * track.cost[at], cost, judged.drawn):
        share = _moved(share, 100 * float((test.cost[rows, chosen] / test.single_cost).mean()))
        pieces += [_plain(" at "), _strong(f"{share.value:.0f} %"), _interval(share, 0), _plain(" of its cost")]
    return [*pieces, _plain(f", on {len(quality):,} prompts")]


@dataclass(frozen=True)
class _Half:
    """Means over one side of each halving: (10, L) of the settings, (10,) of the best single model."""

    cost: Floats
    quality: Floats
    single: Floats
    single_cost: Floats


def _halved(judged: Judged, track: Track, quality: Floats, cost: Floats) -> tuple[_Half, _Half]:
    """The prompts to choose on, and those to judge on."""
    costs, qualities, singles = (
        bootstrap.half_means(x, judged.seed) for x in (track.cost, track.quality, np.stack([quality, cost]))
    )
    tune, test = (_Half(costs[side], qualities[side], *singles[side].T) for side in (0, 1))
    return tune, test


def _nearly(cost: Floats, quality: Floats, target: float) -> int:
    near = np.flatnonzero(quality >= NEARLY * target)
    return int(near[cost[near].argmin()]) if len(near) else int(quality.argmax())


def _standing(gap: Estimate, name: str) -> list[Piece]:
    """Better, worse or neither, in points of quality."""
    if gap.low >= SHOWN:
        return [_plain(" beats " + name + " by "), _strong(f"{gap.value:.1f} points"), _interval(gap, 1)]
    if gap.high <= -SHOWN:
        less = Estimate(-gap.value, -gap.high, -gap.low)
        return [_plain(" stays "), _strong(f"{less.value:.1f} points"), _interval(less, 1), _plain(" below " + name)]
    return [_plain(f" is level with {name} ({gap.value:+.1f} points"), _interval(gap, 1), _plain(")")]


def _moved(estimate: Estimate, value: float) -> Estimate:
    """The same spread around another value."""
    by = value - estimate.value
    return Estimate(value, estimate.low + by, estimate.high + by)


def _against_mixing(gain: Mapping[str, float] | None) -> list[Piece]:
    """Whether routing adds anything to drawing single models at random."""
    if gain is None:
        return []
    found = Estimate(gain["value"], gain["low"], gain["high"])
    said = "beats" if found.low > 0 else "is worse than" if found.high < 0 else "is not shown to beat"
    return [_plain(f". It {said} mixing single models (AIQ {found.value:+.3f}"), _interval(found, 3), _plain(")")]


def _against(judged: Judged, document: Mapping[str, Any], first: int, second: int) -> list[Piece]:
    other = document["curves"][second]["label"]
    both = [document["curves"][i]["aiq"] for i in (first, second)]
    if None in both:
        return []
    value = both[0]["value"] - both[1]["value"]
    spread = judged.aiqs[first] - judged.aiqs[second]
    gap = bootstrap.interval(value, spread - spread.mean() + value)
    if gap.low > 0:
        return [_plain(f". It beats {other} (AIQ {gap.value:+.3f}"), _interval(gap, 3), _plain(")")]
    needed = len(judged.recorded) * ((gap.high - gap.low) / 2 / max(abs(gap.value), 1e-9)) ** 2
    more = needed - len(judged.recorded)
    settle = f"about {_round(more):,} more prompts would settle it" if more < 1e6 else "they are as good as equal"
    return [
        _plain(f". Against {other} nothing is shown (AIQ {gap.value:+.3f}"),
        _interval(gap, 3),
        _plain(f"); {settle}"),
    ]


def _round(count: float) -> int:
    """Two digits: more would pretend."""
    digits = max(0, len(str(int(count))) - 2)
    return int(round(count, -digits))


def _plain(text: str) -> Piece:
    return {"kind": "plain", "text": text}


def _strong(text: str) -> Piece:
    return {"kind": "strong", "text": text}


def _interval(estimate: Estimate, digits: int) -> Piece:
    return {"kind": "interval", "text": f" [{estimate.low:.{digits}f}, {estimate.high:.{digits}f}]"}
