"""How far a judge agrees with people, and whether it may be used.

People's winner of a pair is what most of them chose; none most is a tie, and both bad counts as a tie. The judge's is what it does when it
is used: the answer that it scores higher, each scored by itself; or, measured by itself, what it chooses of two. A pair on which it
failed is a disagreement. The bar is set against the lower end of the interval of kappa, not its value: a few pairs on which a
judge was lucky let nobody in.
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
from .judging import PAIRS, SCORES, Judging, case
from .rubric import Rubric

LEAST = 0.4
"""Kappa from which agreement is called moderate (Landis and Koch, 1977)."""
FEWEST = 30
"""Pairs: below, the jackknife's interval says nothing."""
TURNED = {"model_a": "model_b", "model_b": "model_a"}
SIDES = {"first": "model_a", "second": "model_b", "tie": "tie"}
FAILED = "failed"


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


def of_votes(votes: Votes, judge: Judge, limit: int | None = None, form: str = SCORES) -> tuple[Judging, list[Pair]]:
    """The pairs that people judged, for a judge to judge. Raises BadInput where the votes keep no texts."""
    judged = [pair for pair in pairs(votes) if HUMAN in pair.winners and pair.prompt and all(pair.answers)][:limit]
    if not judged:
        raise BadInput(
            f"{votes.name} holds no human vote with the texts of prompt and both answers: nothing can be judged"
        )
    asked = [part for pair in judged for part in _parts(pair, form)]
    cases = [case(id, [user(prompt)], answers, judge.model) for id, prompt, answers in asked]
    return Judging(judge, {"votes": votes.name} | ({"form": form} if form == SCORES else {}), cases), judged


def _parts(pair: Pair, form: str) -> list[tuple[str, str, Sequence[str]]]:
    """What is asked about a pair: name, prompt, answers."""
    if form == PAIRS:
        return [(pair.id, pair.prompt, pair.answers)]
    return [(f"{pair.id} {n}", pair.prompt, [answer]) for n, answer in enumerate(pair.answers)]


def of_journal(judged: Sequence[Pair], rows: Sequence[Mapping[str, Any]], form: str = SCORES) -> dict[str, Any]:
    """The agreement of a judge, how often it failed, and of choices how often it went by the order."""
    by_id = {row["query_id"]: row for row in rows if row["error"] is None}
    said = [_said([by_id.get(id) for id, *_ in _parts(pair, form)], form) for pair in judged]
    made = measured([pair.winner(HUMAN) for pair in judged], said) | {"form": form, "failed": said.count(FAILED)}
    swayed = sum(not row["consistent"] for row in by_id.values()) / len(by_id) if form == PAIRS else None
    return made | ({} if swayed is None else {"inconsistent": swayed})


def _said(rows: Sequence[Mapping[str, Any] | None], form: str) -> str:
    """What a judge says of a pair, from what it was asked about it."""
    there = [row for row in rows if row is not None]
    if len(there) < len(rows):
        return FAILED
    if form == PAIRS:
        return SIDES[there[0]["winner"]]
    first, second = (row["quality"] for row in there)
    return "tie" if first == second else "model_a" if first > second else "model_b"


def of_recorded(votes: Votes, judge: str) -> dict[str, Any]:
    """The agreement of a judge whose votes stand in the same set. Raises BadInput where there are none."""
    both = [pair for pair in pairs(votes) if HUMAN in pair.winners and judge in pair.winners]
    if not both:
        there = ", ".join(sorted({name for pair in pairs(votes) for name in pair.winners} - {HUMAN})) or "none"
        raise BadInput(f"{votes.name} holds no pair that both people and {judge!r} judged; its judges are: {there}")
    return measured([p.winner(HUMAN) for p in both], [p.winner(judge) for p in both])


def measured(people: Sequence[str], judge: Sequence[str]) -> dict[str, Any]:
    """Kappa with its interval of 95 %, and the plain share of equal winners. Raises BadInput for too few pairs, and where people chose
    the same of every pair: a judge that always says so would seem to agree, and nothing is known of it."""
    both = sum(winner != FAILED for winner in judge)
    if both < FEWEST:
        failed = f", {len(judge) - both} failed" if both < len(judge) else ""
        raise BadInput(
            f"agreement takes {FEWEST} pairs judged by both and there are {both}{failed}: judge or vote on more"
        )
    if len(set(people)) < 2:
        raise BadInput(
            f"people chose {people[0]} of each of the {len(people)} pairs, so that nothing tells agreement from chance: vote on pairs "
            "whose winners differ"
        )
    kappa = cohen(people, judge)
    same = sum(a == b for a, b in zip(people, judge, strict=True)) / len(people)
    return {"pairs": len(people), "kappa": kappa.as_json(), "called": in_words(kappa.value), "same": same}


class Standing:
    """What is known of each judge with each rubric, in what form, kept under the user's home."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, model: Model, rubric: Rubric, found: Mapping[str, Any]) -> None:
        """In place of what was measured in this form before."""
        path = self._path(model, rubric, found["form"])
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        part.write_text(json.dumps({"judge": model.id, **rubric.stamp, **found}, sort_keys=True), encoding="utf-8")
        os.replace(part, path)

    def of(self, model: Model, rubric: Rubric, form: str = SCORES) -> dict[str, Any] | None:
        """None where it was never measured in this form with this very rubric. Raises BadInput for what cannot be read."""
        path = self._path(model, rubric, form)
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise BadInput(f"{path} cannot be read ({error}): run `workbench judge agreement` anew") from None
        return found

    def admit(self, model: Model, rubric: Rubric, least: float = LEAST, *, unmeasured: bool = False) -> dict[str, Any]:
        """How far its scores agree, where that is enough; {} for one that may be used `unmeasured`. Raises BadInput, saying what
        mends it: that its choices between two answers agree says nothing of its scores."""
        found = self.of(model, rubric)
        if found is None:
            if unmeasured:
                return {}
            paired = ", only its choices between two" if self.of(model, rubric, PAIRS) else ""
            raise BadInput(
                f"nobody has measured how far scores of {model.id} with the rubric {rubric.name} agree with people{paired}: run "
                f"`workbench judge agreement --votes NAME --model {model.id}`, or take its scores as they are with --unmeasured"
            )
        if found["kappa"]["low"] < least:
            raise BadInput(
                f"{model.id} is no judge to be used: {told(found, least)}; choose another judge, or mend the rubric"
            )
        return found

    def _path(self, model: Model, rubric: Rubric, form: str) -> Path:
        named = [model.id, rubric.key] if form == PAIRS else [model.id, rubric.key, form]
        return self.folder / f"{content_key(named)}.json"


def told(found: Mapping[str, Any], least: float = LEAST) -> str:
    """The agreement in one sentence, against the bar."""
    kappa = found["kappa"]
    bar = "reaches" if kappa["low"] >= least else "does not reach"
    failed = f", {found['failed']} failed, which count against it" if found.get("failed") else ""
    return (
        f"kappa with people is {kappa['value']:.2f} [{kappa['low']:.2f}, {kappa['high']:.2f}], {found['called']}, on "
        f"{found['pairs']:,} pairs ({found['same']:.0%} the same winner{failed}); its lower end {bar} {least:g}"
    )
