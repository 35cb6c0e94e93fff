"""The example prompts that the Compare page offers."""

from __future__ import annotations

import tomllib

from workbench.settings import shipped
from workbench.types import estimate_tokens

CATEGORIES = tomllib.loads(shipped("prompts.toml").read_text(encoding="utf-8"))


def test_there_are_eight_categories_of_four_to_six_prompts() -> None:
    assert len(CATEGORIES) == 8
    assert all(set(category) == {"prompts"} and 4 <= len(category["prompts"]) <= 6 for category in CATEGORIES.values())


def test_prompts_are_different_and_short_enough_for_a_small_model() -> None:
    prompts = [prompt for category in CATEGORIES.values() for prompt in category["prompts"]]
    assert len(set(prompts)) == len(prompts)
    assert all(0 < estimate_tokens(prompt) < 200 and prompt == prompt.strip() for prompt in prompts)
