from __future__ import annotations

from typing import Any

import pytest

from tests.providers.asking import call
from workbench.providers._usage import MOST, counted
from workbench.types import Usage


def test_the_vendors_count_is_taken_as_it_is() -> None:
    assert counted(call(), "hello", 7, 0) == Usage(7, 0)


@pytest.mark.parametrize("count", [None, -1, True, 2.0, "7", [7], MOST + 1])
def test_what_is_no_count_is_estimated_on_both_sides(count: Any) -> None:
    for asked, answered in ((count, 5), (5, count)):
        usage = counted(call("x" * 400), "y" * 80, asked, answered)
        assert usage.estimated
        assert usage.tokens_in >= 100
        assert usage.tokens_out == 20


def test_an_answer_without_words_is_of_no_tokens() -> None:
    assert counted(call(), "", None, None).tokens_out == 0
