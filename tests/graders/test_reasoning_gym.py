from __future__ import annotations

from dataclasses import replace

import pytest

from tests.pool import MODELS
from workbench.errors import BadInput
from workbench.graders.reasoning_gym import ReasoningGym, forms
from workbench.suite import load
from workbench.types import Case

GRADER = ReasoningGym()


def case(id: str) -> Case:
    return next(c for c in load("reasoning").cases(MODELS) if c.prompt.id == id)


def test_every_case_accepts_its_own_reference_and_refuses_nonsense() -> None:
    for one in list(load("reasoning").cases(MODELS))[::7]:
        assert one.reference is not None
        assert GRADER.grade(one, one.reference).score == 1.0, one.prompt.id
        assert GRADER.grade(one, "a purple elephant").score == 0.0, one.prompt.id
        assert GRADER.grade(one, "").score == 0.0, one.prompt.id


@pytest.mark.parametrize("text", ["{}.", "**{}**", '"{}"', "<answer>{}</answer>", " {} \n", "`{}`"])
def test_what_surrounds_an_answer_does_not_matter(text: str) -> None:
    one = case("gcd-003")
    assert GRADER.grade(one, text.format(one.reference)).score == 1.0


def test_partial_credit_is_no_credit() -> None:
    one = case("spell_backward-001")
    assert one.reference is not None
    assert GRADER.grade(one, one.reference[:-1] + "q").score == 0.0


def test_an_answer_within_a_sentence_is_not_the_answer() -> None:
    one = case("chain_sum-001")
    assert GRADER.grade(one, f"I think it may be {one.reference}, or 900").score == 0.0


def test_thousands_separators_are_dropped() -> None:
    assert "1234567" in forms("1,234,567")
    assert "1,2,3" in forms("1,2,3")


@pytest.mark.parametrize("text", ["\x00" * 100, "9" * 100_000, "(" * 5000, "🦜" * 3000, "<answer></answer>"])
def test_any_text_gets_a_grade(text: str) -> None:
    for id in ("basic_arithmetic-001", "number_filtering-001", "coin_flip-001", "word_sorting-001"):
        assert GRADER.grade(case(id), text).score == 0.0


def test_a_case_that_the_library_makes_otherwise_is_an_error() -> None:
    with pytest.raises(BadInput, match="makes another puzzle"):
        GRADER.grade(replace(case("gcd-001"), reference="77777"), "1")
    with pytest.raises(BadInput, match="must name task, seed, index and config"):
        GRADER.grade(replace(case("gcd-001"), data={}), "1")
