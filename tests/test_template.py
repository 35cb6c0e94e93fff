from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.template import FEWEST, particular, shared_lines

EXAMPLES = "Answer with a letter.\n\nSun or moon?\nA\n\n"
TEXTS = [f"{EXAMPLES}Which is number {i}?\nAnswer:" for i in range(40)]


def test_a_line_that_many_prompts_have_is_of_a_template() -> None:
    assert shared_lines(TEXTS) == {"Answer with a letter.", "Sun or moon?", "A", "Answer:"}


def test_what_is_left_of_a_prompt_is_its_own_question() -> None:
    assert particular(TEXTS[7], shared_lines(TEXTS)) == "Which is number 7?"


def test_a_line_repeated_inside_one_prompt_is_counted_once() -> None:
    assert shared_lines(["again\n" * 50, *(f"only {i}" for i in range(20))]) == frozenset()


def test_lines_of_fewer_prompts_than_five_are_never_a_template() -> None:
    assert shared_lines(["hello"] * (FEWEST - 1)) == frozenset()
    assert shared_lines(["hello"] * FEWEST) == {"hello"}


def test_in_a_large_set_a_line_must_stand_in_one_per_cent() -> None:
    others = [f"own {i}" for i in range(990)]
    assert shared_lines(["rare"] * 9 + others) == frozenset()
    assert shared_lines(["rare"] * 10 + others) == {"rare"}


def test_a_prompt_that_is_all_template_stays_whole() -> None:
    assert particular("hello", frozenset({"hello"})) == "hello"


def test_without_a_template_a_text_is_left_as_it_is() -> None:
    assert particular("  two \n\n lines ", frozenset()) == "  two \n\n lines "


@given(st.lists(st.text(max_size=30), max_size=20), st.text(max_size=60))
def test_something_always_remains_and_nothing_is_added(texts: list[str], text: str) -> None:
    left = particular(text, shared_lines(texts))
    assert left or not text
    assert set(left.replace("\n", "")) <= set(text)
