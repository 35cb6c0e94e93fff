"""Plans as models write them, tidy and not."""

from __future__ import annotations

import json

import jsonschema
import pytest

from strategies._plan import LONGEST, Plan, Step, form, read

TIDY = "search: the price of a ticket\ncalculator: 3 * 12\nreasoning: is it under 40?"
STEPS = (
    Step("tool", "the price of a ticket", "search"),
    Step("tool", "3 * 12", "calculator"),
    Step("reasoning", "is it under 40?"),
)


@pytest.mark.parametrize(
    "text",
    [
        TIDY,
        "Here is the plan:\n\n" + "\n".join(f"{i}. **{line.replace(': ', ':** ')}" for i, line in enumerate(TIDY.split("\n"), 1)),
        "\n".join(f"- {line.capitalize()}" for line in TIDY.split("\n")),
        "\n".join(f"Step {i}: {line}" for i, line in enumerate(TIDY.split("\n"), 1)),
        "1) tool: search: the price of a ticket\n2) tool calculator: 3 * 12\n3) reasoning - is it under 40?",
        '```json\n[{"kind": "search", "task": "the price of a ticket"}, {"kind": "calculator", "task": "3 * 12"}, '
        '{"kind": "Reasoning", "task": "is it under 40?"}]\n```',
        '{"steps": [{"kind": "search", "task": "the price of a ticket"}, {"kind": "calculator", "task": "3 * 12"}, '
        '{"kind": "reasoning", "task": "is it under 40?"}]}',
        TIDY + "\nanswer: yes or no\nreasoning: never reached",
    ],
)  # fmt: skip
def test_steps_are_read_however_they_are_dressed(text: str) -> None:
    assert read(text, "the task", 5) == Plan(STEPS)


@pytest.mark.parametrize(
    "text", ["", "The answer is 36.", "I would first look it up.", "[1, 2]", "[{}]", "[" * 9999, "\ud800"]
)
def test_a_plan_that_cannot_be_read_is_one_step_of_reasoning_and_says_so(text: str) -> None:
    plan = read(text, "What is 3 * 12?", 5)
    assert plan.steps == (Step("reasoning", "What is 3 * 12?"),)
    assert "cannot be read" in plan.note


def test_a_plan_may_be_to_answer_at_once() -> None:
    for text in ("answer: now", '{"steps": []}', "[]"):
        assert read(text, "Hi", 5) == Plan((), "the plan is to answer at once")


def test_what_a_plan_is_held_to_is_what_is_read() -> None:
    schema = form(("code", "reasoning"), 2, bounded=True)["response_format"]["json_schema"]["schema"]
    validator = jsonschema.Draft202012Validator(schema)
    step = {"kind": "code", "task": "count"}
    assert read(json.dumps({"steps": [step]}), "t", 2).steps == (Step("code", "count"),)
    assert validator.is_valid({"steps": []})
    assert validator.is_valid({"steps": [step, step]})
    for wrong in (
        {"steps": [step] * 3},
        {"steps": [step | {"kind": "search"}]},
        {"steps": [step | {"task": "x" * 241}]},
    ):
        assert not validator.is_valid(wrong)
    assert "max" not in json.dumps(form(("code",), 2, bounded=False))


def test_steps_over_the_limit_are_left_out_and_told() -> None:
    plan = read("\n".join(["reasoning: think"] * 9), "t", 4)
    assert len(plan.steps) == 4
    assert plan.note == "5 of 9 steps are over the limit and left out"


def test_programs_in_a_row_are_one() -> None:
    plan = read("program: add them\nprogram: take a fifth off\nreasoning: is it much?\ncode: double it", "t", 3)
    assert plan == Plan(
        (Step("code", "add them; take a fifth off"), Step("reasoning", "is it much?"), Step("code", "double it"))
    )
    assert len(read("\n".join(["code: " + "x" * 400] * 3), "t", 3).steps[0].task) == LONGEST


@pytest.mark.parametrize("name", ["python", "program", "code"])
def test_a_program_has_three_names(name: str) -> None:
    assert read(f"{name}: print 1", "t", 9).steps == (Step("code", "print 1"),)


def test_each_kind_has_its_node() -> None:
    text = "code: print 2\nsummarize: it\nsummary: it\nthink: hard\ncalculate: 1 + 1"
    assert [(s.node, s.kind) for s in read(text, "t", 9).steps] == [
        ("code", "code"),
        ("summarise", "summarise"),
        ("summarise", "summarise"),
        ("reasoning", "reasoning"),
        ("tool", "calculator"),
    ]


def test_a_tasks_length_is_bounded() -> None:
    assert len(read("code: " + "x" * 9999, "t", 5).steps[0].task) == LONGEST
    assert len(read("", "x" * 9999, 5).steps[0].task) == LONGEST
