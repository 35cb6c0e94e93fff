"""What a prompt is about chooses its model; what it is not sure of goes to the default."""

from __future__ import annotations

import time

import numpy as np
import pytest

from strategies._intents import KNOWN
from strategies.semantic import Semantic
from tests.pool import MODELS, prompt
from workbench import vectors
from workbench.embed import shared
from workbench.errors import BadInput, BadParameter, UnknownModel

ABOUT = {
    "How do I sort an array in Rust?": ("code", "big"),
    "Hello, how are you?": ("chat", "small"),
    "How do you say 'good night' in Portuguese?": ("translate", "mid"),
    "Which dates does the letter mention?": ("extract", "small"),
}
OTHER = "Turn off the lights in the garage"


@pytest.mark.parametrize("text", ABOUT)
def test_an_intent_is_served_by_the_model_of_its_tier(text: str) -> None:
    decision = Semantic().decide(prompt(text))
    assert (decision.label, decision.model) == ABOUT[text]
    assert decision.why.startswith(f"{decision.label} (")
    likeness = {k: v for k, v in decision.features.items() if k.startswith("like ")}
    assert max(likeness, key=lambda name: likeness[name]) == f"like {decision.label}"
    assert decision.thresholds[f"{decision.label} from"] <= float(likeness[f"like {decision.label}"])


def test_a_prompt_of_no_intent_goes_to_the_default() -> None:
    assert Semantic().decide(prompt(OTHER)).model == "big"
    decision = Semantic(default="mid").decide(prompt(OTHER))
    assert (decision.model, decision.label) == ("mid", "other")


def test_strictness_raises_every_threshold() -> None:
    decision = Semantic(default="mid", strictness=1.0).decide(prompt("Hello, how are you?"))
    assert (decision.model, decision.label) == ("mid", "other")
    assert "most like chat" in decision.why


def test_the_user_says_who_answers_an_intent() -> None:
    strategy = Semantic(models="code=small, chat = big")
    assert [strategy.decide(prompt(text)).model for text in ABOUT] == ["small", "big", "mid", "small"]
    assert strategy.decide(prompt("How do I sort an array in Rust?")).scores["small"] > 0.3


def test_the_wish_is_found_before_and_after_a_long_text() -> None:
    long = "The committee met on Tuesday and spoke about the budget of the coming year. " * 60
    for text in (f"Summarise the following text: {long}", f"{long}\nSummarise the text above in two sentences."):
        assert Semantic().decide(prompt(text)).label == "extract"


@pytest.mark.parametrize(
    ("params", "error", "said"),
    [
        ({"models": "code"}, BadParameter, "must look like"),
        ({"models": "=small"}, BadParameter, "must look like"),
        ({"models": "cooking=small"}, BadParameter, "no intent cooking; there are maths, code"),
        ({"models": "code=huge"}, UnknownModel, "no model 'huge'"),
        ({"default": "huge"}, UnknownModel, "semantic.default: no model 'huge'"),
    ],
)
def test_what_it_cannot_do_it_says(params: dict[str, str], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        Semantic(**params).decide(prompt())  # type: ignore[arg-type]  # made of text, as the command line gives it


def test_ten_thousand_embedded_prompts_are_decided_within_a_second() -> None:
    embedded = np.resize(shared().embed(list(ABOUT)), (10_000, shared().dim))
    known, strategy = KNOWN.current(), Semantic()
    began = time.process_time()
    decisions = strategy.decided(embedded, known, MODELS)
    assert time.process_time() - began < 1
    assert [decisions[i].model for i in (0, 1, 9_998)] == ["big", "small", "mid"]


def test_an_index_elsewhere_decides_the_same() -> None:
    asked = [prompt(text) for text in (*ABOUT, OTHER)]
    here = list(Semantic().decide_all(asked))
    vectors.use(vectors.opener("qdrant::memory:"))
    try:
        there = list(Semantic().decide_all(asked))
        assert KNOWN.current().index is not None
    finally:
        vectors.use(None)
    assert [(d.model, d.label, d.why) for d in there] == [(d.model, d.label, d.why) for d in here]
    for one, other in zip(here, there, strict=True):
        assert other.scores == pytest.approx(one.scores, abs=1e-5)


def test_an_index_that_lacks_utterances_is_an_error_not_a_guess() -> None:
    vectors.use(vectors.opener("qdrant::memory:"))
    try:
        index = KNOWN.current().index
        assert index is not None
        index.remove(["3"])
        with pytest.raises(BadInput, match="some seconds to show"):
            Semantic().decide(prompt(OTHER))
    finally:
        vectors.use(None)
