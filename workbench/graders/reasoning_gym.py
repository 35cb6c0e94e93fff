"""The task's own `score_answer`, for cases made by the reasoning-gym library (Apache-2.0; extra `suites`).

A case says which task, configuration, seed and index it is; the entry is made again from them and checked against the
case. Many tasks give partial credit to wrong answers, so only a full score counts. A closing period, a pair of
quotes, bold marks and thousands separators are no part of an answer.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from workbench.errors import BadInput
from workbench.types import Case

from ._grader import Grade, Grader, answer_of

THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))")
LONGEST = 2_000
"""Characters of an answer that are read: tasks parse answers with code of their own."""


class ReasoningGym(Grader):
    def grade(self, case: Case, text: str) -> Grade:
        task, entry = _entry(case)
        answer = answer_of(text)[:LONGEST]
        for form in forms(answer):
            if _score(task, entry, form) >= 1.0:
                return Grade(1.0, f"{case.data['task']} accepts {form[:80]!r}")
        return Grade(0.0, f"{answer[:80]!r} is not {case.reference!r}")


def forms(answer: str) -> list[str]:
    """The answer as it stands, and without what often surrounds it."""
    bare = answer.replace("**", "").replace("`", "").strip().rstrip(".").strip().strip("\"'").strip()
    return list(dict.fromkeys([answer, bare, THOUSANDS.sub("", bare)]))


def _entry(case: Case) -> tuple[Any, dict[str, Any]]:
    try:
        data = case.data
        dataset = _dataset(data["task"], data["seed"], data["index"] + 1, tuple(sorted(data["config"].items())))
        entry = dataset[data["index"]]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"case {case.prompt.id}: its data must name task, seed, index and config ({error!r})") from None
    if entry["answer"] != case.reference:
        raise BadInput(
            f"case {case.prompt.id}: this version of reasoning-gym makes another puzzle of it; install the version that "
            "the suite was made with (pyproject.toml)"
        )
    return dataset, entry


@lru_cache(maxsize=64)
def _dataset(task: str, seed: int, size: int, config: tuple[tuple[str, Any], ...]) -> Any:
    try:
        import reasoning_gym
    except ImportError:
        raise BadInput("grading this suite needs reasoning-gym: pip install 'routing-workbench[suites]'") from None
    return reasoning_gym.create_dataset(task, size=size, seed=seed, **dict(config))


def _score(task: Any, entry: dict[str, Any], answer: str) -> float:
    try:
        return float(task.score_answer(answer, entry))
    except Exception:  # the library's parsers raise what they like on free text: such an answer is not right
        return 0.0
