from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import _cues
from strategies.complexity import Complexity
from tests.pool import MODELS, model, prompt
from workbench.errors import BadParameter, UnknownModel

SIMPLE = (
    "Say hi",
    "What is the capital of France?",
    "What is 2+2?",
    "Thanks!",
    "你好",
    "Привет, как дела?",
    "Hello there! If it is not too much trouble, and only if you have a moment, could you please be so kind as to say hi? "
    "I would be forever grateful. Thank you so very much in advance, and have a wonderful day!",
    "Dear esteemed assistant, I would be most honoured if, at your earliest convenience, you might graciously say hi to "
    "me. Please do not feel any pressure whatsoever. With warmest regards and sincere appreciation, a humble user.",
    "I know you must be very busy, and I'd hate to bother you, but should you find a spare moment, would you possibly, "
    "without any trouble, at least once, say hi? It would make such a difference to my day. How are you, by the way?",
    "First, thank you for your help. Then, if you don't mind, just say hi. Please. Pretty please?",
)
MODERATE = (
    "Explain how photosynthesis works",
    "Write a Python function that reverses the words of a sentence",
    "If a train travels 60 km in 45 minutes, how fast is it?",
    "Summarise the plot of Hamlet",
    "اشرح لماذا السماء زرقاء",
)
COMPLEX = (
    "Prove that the square root of 2 is irrational",
    "Compare Raft and Paxos step by step",
    "Implement an LRU cache in Python and analyse its time complexity",
    "Design a distributed rate limiter that must support a million requests per second and justify the trade-offs",
    "请证明根号2是无理数",
    "Докажи, что корень из двух иррационален",
)


BARE = ("Say hi", "Say hi to Rose", "What is the capital of Peru?", "Name three colours", "Say good night")
BEFORE = (
    "Hello!",
    "Dear assistant,",
    "I hope you are having a lovely day.",
    "Sorry to bother you again.",
    "If it is not too much trouble,",
    "When you have a moment, and only if you do not mind,",
    "I know you must be very busy, and I would hate to take up your time, but should you find a minute,",
    "You have been wonderful so far.",
    "Would you be so kind as to do the following for me?",
    "Guten Tag, bitte:",
)
AFTER = (
    "Please.",
    "Thank you so very much in advance!",
    "I would be forever grateful.",
    "It would make such a difference to my day.",
    "With warmest regards and sincere appreciation, a humble user.",
    "No pressure whatsoever.",
    "Take as much time as you need.",
    "Merci beaucoup !",
)


def label(text: str) -> str:
    return Complexity().decide(prompt(text)).label


@pytest.mark.parametrize("text", SIMPLE)
def test_simple(text: str) -> None:
    assert label(text) == "simple"


@pytest.mark.parametrize("text", MODERATE)
def test_moderate(text: str) -> None:
    assert label(text) == "moderate"


@pytest.mark.parametrize("text", COMPLEX)
def test_complex(text: str) -> None:
    assert label(text) == "complex"


def test_tiers_span_the_prices_of_the_pool() -> None:
    chosen = [Complexity().decide(prompt(text)).model for text in ("Say hi", MODERATE[0], COMPLEX[0])]
    assert chosen == ["small", "mid", "big"]


def test_of_two_models_the_dearer_takes_what_is_not_simple() -> None:
    two = (model("dear", 5.0), model("cheap", 1.0))
    chosen = [Complexity().decide(prompt(text, models=two)).model for text in ("Say hi", MODERATE[0], COMPLEX[0])]
    assert chosen == ["cheap", "dear", "dear"]


def test_a_tier_may_be_given_any_model_of_the_pool() -> None:
    assert Complexity(simple="big").decide(prompt("Say hi")).model == "big"
    with pytest.raises(UnknownModel, match=r"complexity\.complex: no model 'huge'"):
        Complexity(complex="huge").decide(prompt("Say hi"))


def test_thresholds_that_contradict_are_refused() -> None:
    with pytest.raises(BadParameter, match="must not be above"):
        Complexity(moderate_from=0.9).decide(prompt())


def test_the_decision_shows_the_features_and_thresholds_that_made_it() -> None:
    decision = Complexity().decide(prompt("Compare Raft and Paxos step by step"))
    assert decision.features["comparison"] == decision.features["steps"] == 0.35
    assert decision.features["complexity"] == 1
    assert decision.thresholds == {"moderate_from": 0.25, "complex_from": 0.55}
    assert "comparison +0.35 ('compare')" in decision.why


def test_the_chosen_model_has_the_best_score() -> None:
    for text in (*SIMPLE, *MODERATE, *COMPLEX):
        decision = Complexity().decide(prompt(text))
        assert decision.scores[decision.model] == max(decision.scores.values()) == 1


def test_the_end_of_a_long_prompt_is_read_too() -> None:
    assert "proof" in Complexity().decide(prompt("lorem ipsum " * 1000 + "Now prove it.")).features


@pytest.mark.parametrize("text", ["a" * 10**6, "prove " * 200_000, "\n- " * 300_000, "? " * 500_000, "💥" * 250_000])
def test_a_megabyte_is_read_no_further_than_its_ends(text: str) -> None:
    assert _cues.read(text) == _cues.read(text[: _cues.HEAD] + "x" * 5000 + text[-_cues.TAIL :])


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    reading = _cues.read(text)
    assert 0 <= reading.complexity <= 1
    assert Complexity().decide(prompt(text)).model in {m.id for m in MODELS}


def test_cues_are_lower_case_and_of_one_meaning() -> None:
    words = [word for cue in _cues.CUES for word in cue.words]
    assert len(words) == len(set(words))
    assert all(word == word.lower() and re.fullmatch(r"[^\W_]+", word) for word in words)
    assert not set(words) & _cues.POLITE


@given(
    st.lists(st.sampled_from(BEFORE), max_size=6), st.sampled_from(BARE), st.lists(st.sampled_from(AFTER), max_size=6)
)
def test_politeness_makes_nothing_harder(before: list[str], bare: str, after: list[str]) -> None:
    assert label(" ".join([*before, bare, *after])) == "simple"


@given(
    st.lists(st.sampled_from(BEFORE), max_size=4),
    st.sampled_from(COMPLEX),
    st.lists(st.sampled_from(AFTER), max_size=4),
)
def test_politeness_hides_nothing_hard(before: list[str], hard: str, after: list[str]) -> None:
    assert label(" ".join([*before, hard, *after])) == "complex"


def test_what_asks_for_a_look_only_is_taken_off() -> None:
    decision = Complexity().decide(prompt("Explain in one word why the sky is blue"))
    assert decision.features["light"] == -0.3
    assert decision.label == "simple"
    assert "light -0.3 ('in one word')" in decision.why
