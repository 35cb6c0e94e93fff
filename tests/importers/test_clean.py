"""Values made right, or told."""

from __future__ import annotations

import math
from typing import Any

import pytest

from workbench.importers._clean import UNREADABLE, clean_outcome, number

GOOD: dict[str, Any] = {"query_id": 7, "prompt": "p", "model": "m", "quality": "0.5", "cost_usd": "1e-3"}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("True", 1.0),
        (False, 0.0),
        (" 2.5 ", 2.5),
        ("1e-3", 0.001),
        (math.nan, None),
        ("inf", None),
        ("1,5", None),
        (None, None),
        ([1], None),
        (10**400, None),
    ],
)
def test_a_number_is_finite(value: Any, found: float | None) -> None:
    assert number(value) == found


def test_types_are_made_right_in_place() -> None:
    row = GOOD | {"prompt_tokens": "12.0", "category": 3}
    assert clean_outcome(row, []) == ""
    assert (row["query_id"], row["quality"], row["cost_usd"]) == ("7", 0.5, 0.001)
    assert (row["prompt_tokens"], row["category"], row["response"]) == (12, "3", None)


@pytest.mark.parametrize("tokens", [-1, 2**70, "many", math.nan])
def test_a_count_that_is_none_is_left_empty_and_told(tokens: Any) -> None:
    changes: list[str] = []
    row = GOOD | {"completion_tokens": tokens}
    assert clean_outcome(row, changes) == ""
    assert row["completion_tokens"] is None
    assert changes == ["completion_tokens is no number and was left empty"]


def test_half_a_character_is_replaced_and_told() -> None:
    """JSON can name one half of a surrogate pair; no file can hold it."""
    changes: list[str] = []
    row = GOOD | {"response": "a\ud83d", "prompt": "ok é"}
    assert clean_outcome(row, changes) == ""
    assert (row["response"], row["prompt"]) == ("a\ufffd", "ok é")
    assert changes == [UNREADABLE]


def test_an_outcome_whose_context_cannot_be_read_is_none() -> None:
    said = '[{"role": "user", "content": "before"}]'
    assert [clean_outcome(GOOD | {"context": c}, []) for c in (None, "", said)] == ["", "", ""]
    for broken in ("hello", "5", '[{"content": "x"}]', ["x"]):
        assert clean_outcome(GOOD | {"context": broken}, []) == "context is no JSON list of messages"
