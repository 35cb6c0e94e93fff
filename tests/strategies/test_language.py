from __future__ import annotations

import pytest

from strategies.complexity import Complexity
from strategies.language import Language
from tests.pool import MODELS, prompt
from workbench.errors import BadParameter, UnknownModel

GERMAN, ENGLISH, CHINESE = "Wie funktioniert eine Wärmepumpe?", "How does a heat pump work?", "热泵是如何工作的？"


def test_each_language_has_its_models() -> None:
    strategy = Language(models="de=mid, zh=big")
    chosen = [strategy.decide(prompt(text)).model for text in (GERMAN, CHINESE, ENGLISH)]
    assert chosen == ["mid", "big", "small"]


def test_the_inner_strategy_chooses_where_several_may_answer() -> None:
    strategy = Language(Complexity(), models="de=mid+big")
    assert strategy.decide(prompt("Hallo, wie geht es dir?")).model == "mid"
    assert strategy.decide(prompt("Beweise, dass die Wurzel aus 2 irrational ist.")).model == "big"


def test_other_languages_and_what_cannot_be_told_go_to_the_others() -> None:
    strategy = Language(models="de=big, other=mid")
    assert [strategy.decide(prompt(text)).model for text in (ENGLISH, "1+1")] == ["mid", "mid"]


def test_the_decision_says_which_language_and_which_words_told() -> None:
    decision = Language(models="de=mid").decide(prompt(GERMAN))
    assert decision.label == decision.features["language"] == "de"
    assert "German (wie" in decision.why
    assert decision.scores["mid"] > max(decision.scores["small"], decision.scores["big"])


@pytest.mark.parametrize("text", ["de", "de=", "de mid", "=mid"])
def test_what_is_no_map_is_refused(text: str) -> None:
    with pytest.raises(BadParameter, match=r"language\.models"):
        Language(models=text).decide(prompt())


def test_unknown_languages_and_models_are_named() -> None:
    with pytest.raises(BadParameter, match="no language 'xx'; there are en, de"):
        Language(models="xx=mid").decide(prompt())
    with pytest.raises(UnknownModel, match="there are small, mid, big"):
        Language(models="en=huge").decide(prompt(ENGLISH))


def test_a_batch_in_several_languages_is_decided_in_its_order() -> None:
    strategy = Language(models="de=mid, zh=big")
    found = strategy.decide_all([prompt(text) for text in (GERMAN, ENGLISH, CHINESE, GERMAN)])
    assert [d.model for d in found] == ["mid", "small", "big", "mid"]
    assert all(set(d.scores) == {m.id for m in MODELS} for d in found)
