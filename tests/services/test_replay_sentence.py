from __future__ import annotations

import pytest

from tests.judging import cascade, judged, outcomes, router
from workbench.services.judged import Judged
from workbench.services.replay_report import document
from workbench.services.replay_sentence import plain_text, sentence

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def said(found: Judged) -> str:
    return plain_text(sentence(found, document(found)))


def test_the_best_strategy_is_held_against_single_models_mixing_and_the_next_best() -> None:
    data = outcomes()
    text = said(judged(router(data, SHARES, "poor", wise=False), router(data, SHARES, "wise"), data=data))
    assert text.startswith("wise beats big by ")
    assert " of its cost, on 200 prompts" in text
    assert "It beats mixing single models (AIQ +" in text
    assert "It beats poor (AIQ +" in text
    assert text.endswith(".")


def test_what_is_worse_than_the_best_single_model_says_so() -> None:
    data = outcomes()
    text = said(judged(router(data, (0.0, 0.3), wise=False), data=data))
    assert "mine stays " in text
    assert " points [" in text
    assert " below big at " in text


def test_what_is_no_better_than_mixing_says_so() -> None:
    data = outcomes(400)
    text = said(judged(router(data, SHARES, wise=False), data=data))
    assert "is level with big" in text
    assert "mixing single models" in text
    assert "It beats mixing" not in text


def test_two_that_cannot_be_told_apart_are_told_how_many_prompts_would_settle_it() -> None:
    data = outcomes()
    text = said(judged(router(data, SHARES, "one"), router(data, (0.0, 0.25, 0.5, 0.75, 0.99), "two"), data=data))
    assert "Against " in text
    assert "nothing is shown" in text
    assert "more prompts would settle it" in text or "as good as equal" in text


def test_strategies_without_a_curve_are_ranked_by_arena_score() -> None:
    data = outcomes()
    assert said(judged(router(data, (0.1,), "small"), cascade(data), data=data)).startswith("twice ")


def test_pieces_are_marked_for_whoever_sets_them() -> None:
    data = outcomes()
    found = judged(router(data, SHARES), data=data)
    kinds = {piece["kind"] for piece in sentence(found, document(found))}
    assert kinds == {"plain", "strong", "interval"}


@pytest.mark.parametrize("name", ["<b>bold</b>", "**mine**"])
def test_names_stay_text(name: str) -> None:
    data = outcomes()
    assert said(judged(router(data, SHARES, name), data=data)).startswith(name)
