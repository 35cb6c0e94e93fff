"""How far a judge agrees with people, and whether it may be used.

People's winner of a pair is what most of them chose; none most is a tie, and both bad counts as a tie. The bar is set against the
lower end of the interval of kappa, not its value: a few pairs on which a judge was lucky let nobody in.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import BadInput
from workbench.metrics.agreement import cohen, in_words
from workbench.types import Model, content_key, user
from workbench.votes import HUMAN, Votes

from .judge import Judge
from .judging import Judging, case
from .rubric import Rubric

LEAST = 0.4
"""Kappa from which agreement is called moderate (Landis and Koch, 1977)."""
FEWEST = 30
"""Pairs: below, the jackknife's interval says nothing."""
TURNED = {"model_a": "model_b", "model_b": "model_a"}
SIDES = {"first": "model_a", "second": "model_b", "tie": "tie"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one prompt, and who preferred which: model_a, model_b or tie, by judge."""

    id: str
    prompt: str
    answers: tuple[str, str]
    winners: Mapping[str, Sequence[str]]

    def winner(self, judge: str) -> str:
        """What most of its votes say."""
        (top, most), *others = Counter(self.winners[judge]).most_common()
        return "tie" if others and others[0][1] == most else top


def pairs(votes: Votes) -> list[Pair]:
    """In the order of a hash of their content, so that the first n are a fair sample."""
    found: dict[str, dict[str, Any]] = {}
    for row in votes.frame.iter_rows(named=True):
        turned = row["model_a"] > row["model_b"]
        sides = ("b", "a") if turned else ("a", "b")
        answers = tuple(row[f"response_{side}"] or "" for side in sides)
        models = tuple(row[f"model_{side}"] for side in sides)
        winner = "tie" if row["winner"] == "both_bad" else row["winner"]
        id = content_key([row["query_id"], row["prompt"], models, answers])
        made = found.setdefault(id, {"prompt": row["prompt"] or "", "answers": answers, "winners": {}})
        said = made["winners"].setdefault(row["judge"] or HUMAN, [])
        said.append(TURNED.get(winner, winner) if turned else winner)
    return [Pair(id, **made) for id, made in sorted(found.items())]


def of_votes(votes: Votes, judge: Judge, limit: int | None = None) -> tuple[Judging, list[Pair]]:
    """The pairs that people judged, for a judge to judge. Raises BadInput where the votes keep no texts."""
    judged = [pair for pair in pairs(votes) if HUMAN in pair.winners and pair.prompt and all(pair.answers)][:limit]
    if not judged:
        raise BadInput(
            f"{votes.name} holds no human vote with the texts of prompt and both answers: nothing can be judged"
        )
    cases = [case(pair.id, [user(pair.prompt)], pair.answers, judge.model) for pair in judged]
    return Judging(judge, {"votes": votes.name}, cases), judged


def of_journal(judged: Sequence[Pair], rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The agreement of a judge's rulings, and how often it went by the order."""
    by_id = {row["query_id"]: row for row in rows if row["error"] is None}
    kept = [pair for pair in judged if pair.id in by_id]
    made = measured([p.winner(HUMAN) for p in kept], [SIDES[by_id[p.id]["winner"]] for p in kept])
    swayed = sum(not by_id[p.id]["consistent"] for p in kept)
    return made | {"failed": len(judged) - len(kept), "inconsistent": swayed / len(kept)}


def of_recorded(votes: Votes, judge: str) -> dict[str, Any]:
    """The agreement of a judge whose votes stand in the same set. Raises BadInput where there are none."""
    both = [pair for pair in pairs(votes) if HUMAN in pair.winners and judge in pair.winners]
    if not both:
        there = ", ".join(sorted({name for pair in pairs(votes) for name in pair.winners} - {HUMAN})) or "none"
        raise BadInput(f"{votes.name} holds no pair that both people and {judge!r} judged; its judges are: {there}")
    return measured([p.winner(HUMAN) for p in both], [p.winner(judge) for p in both])


def measured(people: Sequence[str], judge: Sequence[str]) -> dict[str, Any]:
    """Kappa with its interval of 95 %, and the plain share of equal winners. Raises BadInput for too few pairs."""
    if len(people) < FEWEST:
        raise BadInput(
            f"agreement takes {FEWEST} pairs judged by both and there are {len(people)}: judge or vote on more"
        )
    kappa = cohen(people, judge)
    same = sum(a == b for a, b in zip(people, judge, strict=True)) / len(people)
    return {"pairs": len(people), "kappa": kappa.as_json(), "called": in_words(kappa.value), "same": same}


class Standing:
    """What is known of each judge with each rubric, kept under the user's home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, model: Model, rubric: Rubric, found: Mapping[str, Any]) -> None:
        """In place of what was measured before."""
        path = self._path(model, rubric)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        part.write_text(json.dumps({"judge": model.id, **rubric.stamp, **found}, sort_keys=True), encoding="utf-8")
        os.replace(part, path)

    def of(self, model: Model, rubric: Rubric) -> dict[str, Any] | None:
        """None where it was never measured with this very rubric."""
        try:
            found: dict[str, Any] = json.loads(self._path(model, rubric).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return found

    def admit(self, model: Model, rubric: Rubric, least: float = LEAST, *, unmeasured: bool = False) -> dict[str, Any]:
        """Its agreement, where that is enough; {} for one that may be used `unmeasured`. Raises BadInput, saying what mends it."""
        found = self.of(model, rubric)
        if found is None:
            if unmeasured:
                return {}
            raise BadInput(
                f"nobody has measured how far {model.id} with the rubric {rubric.name} agrees with people: run `workbench judge "
                f"agreement --votes NAME --model {model.id}`, or take its scores as they are with --unmeasured"
            )
        if found["kappa"]["low"] < least:
            raise BadInput(
                f"{model.id} is no judge to be used: {told(found, least)}; choose another judge, or mend the rubric"
            )
        return found

    def _path(self, model: Model, rubric: Rubric) -> Path:
        return self.folder / f"{content_key([model.id, rubric.key])}.json"


def told(found: Mapping[str, Any], least: float = LEAST) -> str:
    """The agreement in one sentence, against the bar."""
    kappa = found["kappa"]
    bar = "reaches" if kappa["low"] >= least else "does not reach"
    return (
        f"kappa with people is {kappa['value']:.2f} [{kappa['low']:.2f}, {kappa['high']:.2f}], {found['called']}, on "
        f"{found['pairs']:,} pairs ({found['same']:.0%} the same winner); its lower end {bar} {least:g}"
    )
