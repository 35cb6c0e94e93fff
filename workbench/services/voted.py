"""What the votes of a comparison show: win rates against its first strategy, with intervals that hold at any time you look.

Only votes between the two strategies that chose a side count; ties and both-bad are counted apart. A vote opens its
battle, so nothing sealed is among them. Where many voters voted several times a voter counts once, with the mean of his votes:
votes of one taste hang together, and an interval over them alone would be far too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.metrics import betting, winning
from workbench.metrics.clusters import users_means
from workbench.metrics.correction import e_bh, each, holm
from workbench.store import observations as kept
from workbench.store.runs import Reads, specs_of

from .specs import titled

ALPHA = 0.05
UNDECIDED = ("tie", "both_bad", "all_bad")
FEW_VOTERS = 20
Row = Mapping[str, Any]


async def report(store: Reads, experiment: Row) -> dict[str, Any]:
    """The document of a comparison: its strategies, and every one's win rate against the first."""
    specs = await specs_of(store, experiment["specs"])
    votes, runs = await kept.votes(store, experiment["id"])
    return document(experiment, specs, votes, runs)


def document(experiment: Row, specs: Sequence[Row], votes: Sequence[Row], runs: Sequence[Row]) -> dict[str, Any]:
    """As plain JSON values; the same rows make the same bytes."""
    keys = [spec["key"] for spec in specs]
    labels = [titled(spec["strategy"], spec["params"]) for spec in specs]
    spec_of = {run["id"]: run["spec_key"] for run in runs}
    alpha = each(ALPHA, len(keys) - 1)
    found = [_rate(labels, keys, arm, votes, spec_of, alpha) for arm in range(1, len(keys))]
    shown = holm([one["p_value"] for one in found], ALPHA)
    fdr = e_bh([one["e_value"] for one in found], ALPHA)
    comparisons = [one | {"shown": s, "shown_fdr": f} for one, s, f in zip(found, shown, fdr, strict=True)]
    made = {
        "id": experiment["id"],
        "name": experiment["name"],
        "kind": experiment["kind"],
        "created_at": experiment["created_at"],
        "votes": len(votes),
        "voters": len({vote["voter"] for vote in votes}),
        "strategies": [_side(label, key, runs) for label, key in zip(labels, keys, strict=True)],
        "comparisons": comparisons,
    }
    return {"sentence": _sentence(made), **made}


def _rate(
    labels: Sequence[str], keys: Sequence[str], arm: int, votes: Sequence[Row], spec_of: Row, alpha: float
) -> dict[str, Any]:
    decided = _between(keys[0], keys[arm], votes, spec_of)
    won = np.array([win for _, win in decided], dtype=bool)
    voters = [voter or f"vote {n}" for n, (voter, _) in enumerate(decided)]  # unknown ones are taken for several
    many = FEW_VOTERS <= len(set(voters)) < len(voters)
    return {
        "base": labels[0],
        "strategy": labels[arm],
        "wins": int(won.sum()),
        "losses": int((~won).sum()),
        "undecided": sum(vote["choice"] in UNDECIDED for vote in votes),
        "observation": "voter" if many else "vote",
        **(_by_voter(voters, won, alpha) if many else _by_vote(won, alpha)),
    }


def _by_vote(won: NDArray[np.bool_], alpha: float) -> dict[str, Any]:
    wins = np.cumsum(won).tolist()
    logs = [winning.log_evidence(w, n - w) for n, w in enumerate(wins, 1)]
    return {
        "win_rate": winning.win_rate(int(won.sum()), int((~won).sum()), alpha).as_json(),
        "e_value": exp(min(700.0, logs[-1])) if logs else 1.0,
        "p_value": min(1.0, exp(-max([0.0, *logs]))),
    }


def _by_voter(voters: Sequence[str], won: NDArray[np.bool_], alpha: float) -> dict[str, Any]:
    """By the evidence of the last look alone: earlier ones saw other means of the same voters."""
    rates = users_means(voters, won)
    log_e = betting.evidence(2 * rates - 1)
    return {
        "win_rate": betting.share(rates, alpha).as_json(),
        "e_value": exp(min(700.0, log_e)),
        "p_value": min(1.0, exp(-log_e)),
    }


def _between(base: str, other: str, votes: Sequence[Row], spec_of: Row) -> list[tuple[str, bool]]:
    """Of the votes that chose between these two: whose it was, and whether the other one won."""
    found = []
    for vote in votes:
        if vote["choice"] in UNDECIDED:
            continue
        winners, losers = ({spec_of.get(run) for run in vote[side]} for side in ("winners", "losers"))
        if other in winners and base in losers:
            found.append((vote["voter"], True))
        elif base in winners and other in losers:
            found.append((vote["voter"], False))
    return found


def _side(label: str, key: str, runs: Sequence[Row]) -> dict[str, Any]:
    own = [run for run in runs if run["spec_key"] == key]
    return {
        "label": label,
        "runs": len(own),
        "failed": sum(bool(run["error"]) for run in own),
        "cost_usd": float(np.mean([run["cost_usd"] for run in own])) if own else None,
        "latency_s": float(np.mean([run["latency_s"] for run in own])) if own else None,
    }


def _sentence(made: Row) -> list[dict[str, str]]:
    said = [_told(one) for one in made["comparisons"]] or ["One strategy has nothing to be held against."]
    if made["votes"] and made["voters"] < FEW_VOTERS:
        who = "one voter" if made["voters"] == 1 else f"{made['voters']} voters"
        said.append(f"All votes are of {who}: they say what these people prefer, and the interval knows no others.")
    return [{"kind": "plain", "text": " ".join(said)}]


def _told(one: Row) -> str:
    rate = one["win_rate"]
    decided = one["wins"] + one["losses"]
    figures = f"{rate['value']:.0%} [{rate['low']:.0%}, {rate['high']:.0%}] of {decided:,} decided votes"
    if one["observation"] == "voter":
        figures += ", every voter counted once"
    if not decided:
        return f"No vote has chosen between {one['strategy']} and {one['base']} yet."
    if not one["shown"]:
        return f"{one['strategy']} is not shown preferred to {one['base']}: {figures}."
    better = one["strategy"] if rate["value"] > 0.5 else one["base"]
    other = one["base"] if better == one["strategy"] else one["strategy"]
    return f"{better} is preferred to {other}: {one['strategy']} wins {figures}."
