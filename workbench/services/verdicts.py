"""What a replay shows, in a sentence: pieces of text, some strong, some intervals, so that every reader can set them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workbench.metrics import bootstrap, frontier, reference
from workbench.metrics.estimate import Estimate

from .replay import Track
from .replay_report import NEARLY, Judged

Piece = Mapping[str, str]


def sentence(judged: Judged, document: Mapping[str, Any]) -> list[Piece]:
    """How the best strategy stands against the best single model, and against the next best strategy."""
    order = _ranked(document["curves"])
    top = order[0]
    label = document["curves"][top]["label"]
    pieces = [_strong(label), *_against_single(judged, judged.tracks[top])]
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
    """At the cheapest setting that nearly reaches the best single model; else at the best there is."""
    quality, cost = judged.recorded.quality, judged.recorded.cost
    reached, spent = reference.best_single(quality, cost)
    name = judged.recorded.ids[int(np.lexsort((cost.mean(axis=0), -quality.mean(axis=0)))[0])]
    means, costs = track.quality.mean(axis=1), track.cost.mean(axis=1)
    near = np.flatnonzero(means >= NEARLY * reached.mean())
    at = int(near[costs[near].argmin()]) if len(near) else int(means.argmax())
    gap = bootstrap.mean(100 * (track.quality[at] - reached), judged.drawn)
    share = _share(track.cost[at], spent, judged.drawn)
    direction = "more" if gap.value >= 0 else "less"
    size = Estimate(abs(gap.value), *sorted((abs(gap.low), abs(gap.high)))) if gap.low * gap.high > 0 else gap
    return [
        _plain(f" reaches {name}'s quality {direction} "),
        _strong(f"{size.value:.1f} points"),
        _interval(size, 1),
        _plain(" at "),
        _strong(f"{share.value:.0f} %"),
        _interval(share, 0),
        _plain(f" of its cost, on {len(reached):,} prompts"),
    ]


def _share(cost: Any, whole: Any, drawn: bootstrap.Weights) -> Estimate:
    """Ratio of two mean costs, in per cent."""
    draws = bootstrap.means(np.stack([cost, whole]), drawn)
    return bootstrap.interval(100 * cost.mean() / whole.mean(), 100 * draws[:, 0] / draws[:, 1])


def _against(judged: Judged, document: Mapping[str, Any], first: int, second: int) -> list[Piece]:
    other = document["curves"][second]["label"]
    both = [document["curves"][i]["aiq"] for i in (first, second)]
    if None in both:
        return []
    low, high = judged.range
    draws = [_draws(judged, judged.tracks[i], low, high) for i in (first, second)]
    value = both[0]["value"] - both[1]["value"]
    spread = draws[0] - draws[1]
    gap = bootstrap.interval(value, spread - spread.mean() + value)
    if gap.low > 0:
        return [_plain(f". It beats {other} (AIQ +{gap.value:.3f}"), _interval(gap, 3), _plain(")")]
    needed = len(judged.recorded) * ((gap.high - gap.low) / 2 / max(abs(gap.value), 1e-9)) ** 2
    more = needed - len(judged.recorded)
    settle = f"about {_round(more):,} more prompts would settle it" if more < 1e6 else "they are as good as equal"
    return [
        _plain(f". Against {other} nothing is shown (AIQ {gap.value:+.3f}"),
        _interval(gap, 3),
        _plain(f"); {settle}"),
    ]


def _draws(judged: Judged, track: Track, low: float, high: float) -> Any:
    cost, quality = (bootstrap.means(x, judged.drawn) for x in (track.cost, track.quality))
    return bootstrap.curve(cost, quality, lambda c, q: frontier.aiq(c, q, low, high))


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
