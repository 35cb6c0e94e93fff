"""A data set's missing qualities, given by a judge as a new data set. Journalled: it goes on where it was, and asks nothing twice."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import __version__
from workbench.errors import BadInput, CallError
from workbench.outcomes import Outcomes, message, names, read
from workbench.types import Case, Message, Model, Prompt, user

from .judge import Judge, Spent
from .record import Journal, Progress, record

if TYPE_CHECKING:
    import polars as pl

Rows = Sequence[Mapping[str, Any]]
SCORES, PAIRS = "scores", "pairs"
"""What a judge does, each measured by itself: score one answer, or choose between two."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judging:
    """What a judge is asked: it can only be resumed as what it was begun. `about` names what is judged."""

    judge: Judge
    about: Mapping[str, Any]
    asked: Sequence[Case]

    @property
    def models(self) -> Sequence[Model]:
        return (self.judge.model,)

    def head(self) -> dict[str, Any]:
        return {**self.about, "judge": self.judge.model.id, **self.judge.rubric.stamp, "rounds": self.judge.rounds}

    def cases(self) -> list[Case]:
        return list(self.asked)

    async def outcome(self, model: Model, case: Case) -> dict[str, Any]:
        """One line of the journal: a score, or a ruling where the case has two answers. `quality` is null for a ruling."""
        own = replace(self.judge, spent=Spent())
        row: dict[str, Any] = {"query_id": case.prompt.id, "model": model.id, "quality": None, "error": None}
        try:
            row |= await _judged(own, case)
        except CallError as error:
            row["error"] = f"{error.kind}: {error}"
        return row | {"calls": own.spent.calls, "cost_usd": own.spent.cost_usd}


async def _judged(judge: Judge, case: Case) -> dict[str, Any]:
    conversation, answers = case.prompt.messages, case.data["answers"]
    if len(answers) == 1:
        score = await judge.score(conversation, answers[0])
        return {"quality": score.quality, "levels": dict(score.levels), "reason": score.reason}
    ruling = await judge.compare(conversation, *answers)
    return {name: getattr(ruling, name) for name in ("winner", "consistent", "rounds", "reason")}


async def go_on(
    judging: Judging,
    journal: Journal,
    *,
    at_once: int = 2,
    again: bool = False,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Progress:
    """Judge what the journal lacks. `again`: what failed counts as lacking."""
    return await record(judging, judging, journal, at_once=at_once, again=again, report=report)


def of_data(data: Outcomes, judge: Judge, limit: int | None = None) -> Judging:
    """The answers of a data set that have a text and no quality, the first `limit` of them. Raises BadInput for none."""
    lacking = _lacking(data).head(limit) if limit else _lacking(data)
    if lacking.is_empty():
        raise BadInput(f"{data.name} lacks no quality of an answer whose text it has: there is nothing to judge")
    cases = [case(place(row), _messages(row), [row["response"]], judge.model) for row in lacking.iter_rows(named=True)]
    return Judging(judge, {"data": data.name, "data_key": data.key}, cases)


def case(id: str, conversation: Sequence[Message], answers: Sequence[str], model: Model) -> Case:
    return Case(Prompt(id, tuple(conversation), (model,)), data={"answers": list(answers)})


def filled(data: Outcomes, found: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The data set's rows; `found` has the journal's lines by place, which give the qualities that were missing."""
    rows = data.frame.to_dicts()
    for row in rows:
        if row["quality"] is None and (judged := found.get(place(row))) is not None:
            row["quality"] = judged["quality"]
    return rows


def about(judging: Judging, lines: Rows, agreement: Mapping[str, Any]) -> dict[str, str]:
    """What the file says of itself. What judging cost stands here alone, never in the outcomes' own cost."""
    facts = judging.head() | {
        "judged": sum(line["error"] is None for line in lines),
        "judge_calls": sum(line["calls"] for line in lines),
        "judge_cost_usd": sum(line["cost_usd"] for line in lines),
        "judge_agreement": dict(agreement),
        "workbench": __version__,
    }
    return {
        name: value if isinstance(value, str) else json.dumps(value, sort_keys=True) for name, value in facts.items()
    }


def judged_sets(home: Path) -> list[Outcomes]:
    """The user's data sets scored by a judge whose scores were measured against people, and agreed enough.

    A file that cannot be read, or whose judge was measured by its choices between two answers, is told in the log and left out.
    """
    import polars as pl

    found = []
    for path in names(home).values():
        try:
            known = json.loads(pl.read_parquet_metadata(path).get("judge_agreement", "{}"))
            if known and known.get("form") != SCORES:
                log.warning("%s is not learned from: its judge's scores were never measured; judge it anew", path)
            elif known:
                found.append(read(path))
        except (OSError, ValueError, pl.exceptions.PolarsError, BadInput) as error:
            log.warning("%s is not learned from: %s", path, error)
    return found


def place(row: Mapping[str, Any]) -> str:
    """An outcome's name in the journal."""
    return json.dumps([row["query_id"], row["model"]], ensure_ascii=False)


def _lacking(data: Outcomes) -> pl.DataFrame:
    import polars as pl

    missing = pl.col("quality").is_null() & pl.col("error").is_null() & pl.col("response").is_not_null()
    return data.frame.filter(missing).sort("query_id", "model")


def _messages(row: Mapping[str, Any]) -> list[Message]:
    before = json.loads(row["context"]) if row["context"] else []
    return [*map(message, before), user(row["prompt"])]
