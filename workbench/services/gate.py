"""Whether a candidate may take the place of what runs today: both replayed over the same recorded prompts, one verdict.

For other people's CI: the candidate passes when its mean quality is shown to be above the base's minus a margin, paired by
prompt, by a test that may be repeated whenever there is more data (metrics/noninferiority.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from workbench import __version__
from workbench.errors import BadInput
from workbench.metrics.betting import share
from workbench.metrics.noninferiority import Verdict, verdict
from workbench.registry import Registry
from workbench.settings import Settings
from workbench.strategy import Strategy

from .benchmark import Request, judge
from .judged import PER, Judged
from .replay import LAMBDA, Entrant, Report, Sweep, Track, silent, weighs
from .specs import params_of, registry, titled

SHOWN = 20
"""Prompts listed on which the two differ."""


@dataclass(frozen=True)
class Gate:
    """Base and candidate on the prompts that both cover, and what follows."""

    judged: Judged
    verdict: Verdict

    @property
    def base(self) -> Track:
        return self.judged.tracks[0]

    @property
    def candidate(self) -> Track:
        return self.judged.tracks[1]


def gate(request: Request, margin: float, settings: Settings, *, alpha: float = 0.05, report: Report = silent) -> Gate:
    """Replay the request's two strategies, each at one setting, and judge the second against the first.

    Raises BadInput where there are not two, or a margin is not above 0 and at most 1; and what a replay raises.
    """
    if len(request.entrants) != 2:
        raise BadInput(f"a gate judges a candidate against a base: name two strategies, not {len(request.entrants)}")
    if not 0 < margin <= 1:
        raise BadInput(f"the margin is a loss of mean quality that may be borne, above 0 and at most 1, not {margin:g}")
    strategies = registry()
    single = [settled(strategies, entrant) for entrant in request.entrants]
    found = judge(replace(request, entrants=single), settings, report)
    base, candidate = (track.quality[0] for track in found.tracks)
    return Gate(found, verdict(base, candidate, margin, alpha))


def settled(strategies: Registry[Strategy], entrant: Entrant) -> Entrant:
    """The entrant at its one setting: a strategy that weighs quality against cost keeps its own lambda."""
    strategy = strategies.build(entrant.strategy, entrant.params)
    if not weighs(strategies, entrant.strategy, strategy):
        return replace(entrant, sweep=None)
    own = float(params_of(strategy)[LAMBDA])
    return replace(entrant, sweep=Sweep(LAMBDA, own, own, 1))


def document(found: Gate) -> dict[str, Any]:
    """Everything of a gate as plain JSON values; costs in USD per 1,000 prompts."""
    judged, answer = found.judged, found.verdict
    return {
        "state": answer.state,
        "sentence": sentence(found),
        "margin": answer.margin,
        "difference": answer.difference.as_json(),
        "prompts": answer.n,
        "more": answer.more,
        "data": {"name": judged.data.name, "key": judged.data.key, "skipped": judged.skipped, "folds": judged.folds},
        "seed": judged.seed,
        "workbench": __version__,
        "strategies": [_side(judged, track) for track in judged.tracks],
        "differ": _differ(found),
    }


def _side(judged: Judged, track: Track) -> dict[str, Any]:
    latency = track.latency[0]
    known = latency[latency == latency]
    return {
        "label": titled(track.entrant.strategy, track.entrant.params),
        "strategy": track.entrant.strategy,
        "params": dict(track.params),
        "quality": share(track.quality[0]).as_json(),
        "cost": PER * float(track.cost[0].mean()),
        "latency_s": float(known.mean()) if len(known) else None,
        "failed": float(track.failed[0].mean()),
        "nominal": any(m.nominal for m in judged.recorded.models),
    }


def _differ(found: Gate) -> dict[str, Any]:
    """Prompts on which the candidate is better or worse, the worst first."""
    gap = found.candidate.quality[0] - found.base.quality[0]
    prompts = found.judged.recorded.prompts
    worst = sorted((float(g), p.id, i) for i, (g, p) in enumerate(zip(gap, prompts, strict=True)) if g)
    rows = [
        {
            "id": key,
            "category": str(found.judged.recorded.categories[i]),
            "base": float(found.base.quality[0][i]),
            "candidate": float(found.candidate.quality[0][i]),
        }
        for _, key, i in worst[:SHOWN]
    ]
    return {"worse": int((gap < 0).sum()), "better": int((gap > 0).sum()), "rows": rows}


def sentence(found: Gate) -> str:
    """The verdict in words, with its interval and what would settle it."""
    base, candidate = (titled(track.entrant.strategy, track.entrant.params) for track in found.judged.tracks)
    answer = found.verdict
    d = answer.difference
    said = f"{100 * d.value:+.1f} points [{100 * d.low:+.1f}, {100 * d.high:+.1f}] on {answer.n:,} prompts"
    margin = f"the margin of {100 * answer.margin:g} point{'' if answer.margin == 0.01 else 's'}"
    if answer.state == "not worse":
        return f"{candidate} is shown not worse than {base} by {margin}: {said}."
    if answer.state == "worse":
        return f"{candidate} is worse than {base} by more than {margin}: {said}."
    more = "the difference is too near the margin for any number of prompts to settle it"
    if answer.more is not None:
        more = f"about {answer.more:,} more prompts like these would settle it"
    return f"It is undecided whether {candidate} is worse than {base} by {margin}: {said}; {more}."


def markdown(document: Mapping[str, Any]) -> str:
    """The report as people paste it into a pull request."""
    data = document["data"]
    mark = {"not worse": "passed", "worse": "failed", "undecided": "undecided"}[document["state"]]
    judged = f"{data['folds']} folds by prompt" if data["folds"] else "the data's own split"
    lines = [
        f"## Gate {mark}",
        "",
        document["sentence"],
        "",
        *_table(document["strategies"]),
        "",
        *_differences(document["differ"]),
        f"{data['name']} ({data['key']}), {document['prompts']:,} prompts, {data['skipped']:,} left out, {judged}, "
        f"seed {document['seed']}, workbench {document['workbench']}. Intervals hold at every time you look (betting, 95 %).",
    ]
    return "\n".join(lines)


def _table(sides: Sequence[Mapping[str, Any]]) -> list[str]:
    nominal = ", nominal" if any(side["nominal"] for side in sides) else ""
    rows = [f"| | strategy | quality | $ / 1k prompts{nominal} | latency s | failed |", "|---|---|---|---|---|---|"]
    for role, side in zip(("base", "candidate"), sides, strict=True):
        q = side["quality"]
        latency = "" if side["latency_s"] is None else f"{side['latency_s']:.2f}"
        quality = f"{q['value']:.3f} [{q['low']:.3f}, {q['high']:.3f}]"
        rows.append(
            f"| {role} | {cell(side['label'])} | {quality} | {side['cost']:.4f} | {latency} | {side['failed']:.1%} |"
        )
    return rows


def _differences(differ: Mapping[str, Any]) -> list[str]:
    if not differ["worse"] and not differ["better"]:
        return ["Both are as good as each other on every prompt.", ""]
    head = f"The candidate is worse on {differ['worse']:,} prompts and better on {differ['better']:,}"
    rows = [
        f"| {cell(r['id'])} | {cell(r['category'])} | {r['base']:.2f} | {r['candidate']:.2f} |" for r in differ["rows"]
    ]
    return [
        f"{head}; the first of them:",
        "",
        "| prompt | category | base | candidate |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def cell(text: str) -> str:
    """Untrusted words within a table of Markdown: one line, no column, tag, link or image of their own."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return plain.replace("`", "\\`").replace("](", "]\\(")  # no link, and no image that tells who reads
