"""The table of a strategy that makes several calls for a prompt: what each setting costs in calls, and saves or loses."""

from __future__ import annotations

from typing import Any

from workbench.metrics import bootstrap, escalation
from workbench.recorded import Floats

from .judged import PER, Judged


def escalations(judged: Judged, index: int) -> list[dict[str, Any]]:
    """One row a setting: calls per query, share escalated, cost per 1,000, and what is saved and lost beside the best single model."""
    track, draws = judged.tracks[index], judged.resampled[index]
    single, drawn = judged.best_model, judged.drawn
    cost, quality = judged.recorded.cost[:, single], judged.recorded.quality[:, single]
    costs, qualities = judged.singles.cost[:, single], judged.singles.quality[:, single]
    more = escalation.escalated(track.calls)
    calls, escalated = (bootstrap.means(x, drawn) for x in (track.calls, more))
    return [
        {
            "value": value if value == value else None,  # NaN: nothing was swept
            "calls": _told(escalation.calls_per_query(track.calls[i]), calls[:, i]),
            "escalated": _told(float(more[i].mean()), escalated[:, i]),
            "cost": _told(PER * float(track.cost[i].mean()), PER * draws.cost[:, i]),
            "saved": _told(escalation.saving(track.cost[i], cost), 1 - draws.cost[:, i] / costs),
            "lost": _told(escalation.loss(track.quality[i], quality), qualities - draws.quality[:, i]),
        }
        for i, value in enumerate(track.values)
    ]


def _told(value: float, draws: Floats) -> dict[str, float]:
    return bootstrap.interval(value, draws).as_json()
