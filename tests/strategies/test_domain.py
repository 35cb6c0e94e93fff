from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strategies._domains import PACKS
from strategies.cascade import Cascade
from strategies.complexity import Complexity
from strategies.domain import Domain
from tests.policies import own
from tests.pool import MODELS, Pool, events_of, model, prompt
from workbench.errors import BadInput, BadParameter
from workbench.events import Delta, Event, Run, fold
from workbench.types import Call, Reply, Usage

ASKED = {
    "finance": (
        "Should I put my savings into ETFs or pay off my loan first?",
        "How is a dividend taxed in Germany?",
        "Lohnt sich eine Hypothek bei hohen Zinsen?",
        "Is now a good time to invest in bitcoin?",
        "Where should I invest my money?",
        "比特币投资安全吗？",
    ),
    "healthcare": (
        "What are the side effects of ibuprofen?",
        "My son has a fever and a rash. What should I do?",
        "Can I drink wine during pregnancy?",
        "Welche Symptome hat eine Grippe?",
        "I have chest pain when I climb stairs.",
        "My chest hurts and my left arm is numb.",
        "I keep vomiting and my throat is sore.",
    ),
    "legal": (
        "My landlord keeps my deposit. Can I sue him?",
        "Is it legal to record a phone call in Texas?",
        "Review this clause of my employment contract.",
        "Was steht in meinem Mietvertrag zur Kündigung?",
        "How long is the statute of limitations for a breach of contract?",
    ),
    "gaming": (
        "What are the odds at roulette if I always bet on red?",
        "Which bookmaker has the best odds for the final?",
        "How does card counting work in blackjack?",
        "Are loot boxes worth it?",
    ),
    "none": (
        "Say hi",
        "I want to invest time in learning Rust.",
        "Why does my code hurt performance?",
        "Prove that the square root of 2 is irrational.",
        "Write a haiku about a night train.",
        "What is the capital of Portugal?",
        "Share a recipe for apple cake with my grandmother.",
        "Which river bank did Caesar cross?",
        "How do I write a for loop in Python?",
        "Best strategy for chess openings?",
        "Explain how a heart-shaped cake is baked.",
        "Translate 'the judge of the contest' into French.",
    ),
}


@pytest.fixture
def packs(tmp_path: Path) -> Iterator[Path]:
    with own(tmp_path, "domains") as folder:
        yield folder


def run(strategy: Domain, text: str, **limits: Any) -> tuple[Run, list[Event]]:
    events = asyncio.run(events_of(strategy, prompt(text), **limits))
    return fold(events), events


@pytest.mark.parametrize(("domain", "text"), [(domain, text) for domain, texts in ASKED.items() for text in texts])
def test_knows_prompts_of_its_domains_and_leaves_the_others_alone(domain: str, text: str) -> None:
    assert Domain().decide(prompt(text)).features["domain"] == domain


def test_the_shipped_packs_are_the_four_and_each_has_a_disclaimer() -> None:
    assert set(PACKS.all()) == {"finance", "healthcare", "legal", "gaming"}
    assert all(pack.disclaimer.endswith(".") for pack in PACKS.all().values())


def test_the_answer_ends_with_the_disclaimer_in_the_stream_and_in_the_record() -> None:
    done, events = run(Domain(), ASKED["finance"][0])
    disclaimer = PACKS.get("finance").disclaimer
    assert done.text.endswith(f"\n\n{disclaimer}")
    assert done.text.count(disclaimer) == 1
    assert "".join(e.text for e in events if isinstance(e, Delta)) == done.text
    assert done.ttft_s is not None


def test_the_disclaimer_costs_nothing() -> None:
    with_it, _ = run(Domain(), ASKED["finance"][0])
    without, _ = run(Domain(packs="gaming"), ASKED["finance"][0])
    assert without.answer is not None
    assert with_it.cost_usd == without.cost_usd > 0
    assert with_it.text.startswith(without.text)


def test_other_answers_stay_as_they_are() -> None:
    done, _ = run(Domain(), "Say hi")
    assert done.answer is not None
    assert not any(pack.disclaimer in done.text for pack in PACKS.all().values())


class Says:
    """A provider that says this."""

    def __init__(self, text: str, finish: str = "stop") -> None:
        self.text, self.finish = text, finish

    async def stream(self, call: Call) -> Any:
        yield Delta(self.text)
        yield Reply(self.text, Usage(1, 1), 0.0, 0.0, 0.0, finish=self.finish)


def answered(provider: Says, **request: Any) -> str:
    return fold(asyncio.run(events_of(Domain(), prompt(ASKED["finance"][0]), provider, params=request))).text


def test_a_model_that_says_it_by_itself_is_not_repeated() -> None:
    said = "Pay off the loan.\n" + PACKS.get("finance").disclaimer.replace(" ", "  ")
    assert answered(Says(said)) == said


def test_json_and_tool_calls_are_left_as_they_are() -> None:
    assert answered(Says("{}"), response_format={"type": "json_object"}) == "{}"
    assert answered(Says("x", finish="tool_calls")) == "x"


def test_an_accepted_draft_carries_it_too() -> None:
    sure = tuple(replace(m, options={**m.options, "logprob": -0.1}) for m in MODELS)
    asked = prompt(ASKED["legal"][0], models=sure)
    done = fold(asyncio.run(events_of(Domain(Cascade()), asked, Pool(sure))))
    assert [a.call.role for a in done.attempts] == ["draft"]
    assert done.text.endswith(PACKS.get("legal").disclaimer)
    assert done.decisions[-1].label == "legal"


def test_the_decision_names_the_domain_and_the_words_that_told_it() -> None:
    decision = Domain(Complexity()).decide(prompt(ASKED["healthcare"][1]))
    assert decision.label == "healthcare"
    assert decision.features["healthcare words"] == "fever, rash"
    assert decision.why.startswith("Healthcare (fever, rash); ")
    assert "complexity" in decision.features


def test_a_pack_allows_only_its_models(packs: Path) -> None:
    (packs / "finance.toml").write_text(
        'disclaimer = "Careful."\n[allow]\nregions = ["eu"]\n[cues]\nstrong = ["loan"]\n'
    )
    pool = (model("anywhere", 0.1), replace(model("european", 1.0), region="eu"))
    decision = Domain().decide(prompt("Is this loan a good one?", models=pool))
    assert decision.model == "european"
    assert set(decision.scores) == {"anywhere", "european"}
    with pytest.raises(
        BadInput, match=r"no model of this pool may answer a prompt of finance: finance\.toml allows regions eu"
    ):
        Domain().decide(prompt("Is this loan a good one?", models=pool[:1]))


def test_tags_and_names_narrow_too(packs: Path) -> None:
    (packs / "mine.toml").write_text(
        '[allow]\ntags = ["safe"]\nmodels = ["b", "c"]\n[cues]\nweak = ["a", "few", "words"]\nleast = 3\n'
    )
    pool = tuple(replace(model(id, 1.0), tags=tags) for id, tags in (("a", ("safe",)), ("b", ()), ("c", ("safe",))))
    assert Domain(packs="mine").decide(prompt("a few words", models=pool)).model == "c"
    assert Domain(packs="mine").decide(prompt("a few", models=pool)).model == "a"


def test_a_prompt_of_two_domains_keeps_the_rules_of_both() -> None:
    done, _ = run(Domain(), "Can I sue the bank over my mortgage? They raised the interest rate against the contract.")
    assert done.text.count("not financial advice") == done.text.count("not legal advice") == 1
    assert done.decision is not None
    assert done.decision.features["domain"] in ("finance and legal", "legal and finance")


def test_a_changed_pack_is_in_force_at_once_and_a_broken_one_leaves_the_last_good_one(packs: Path) -> None:
    own = packs / "finance.toml"
    text = 'disclaimer = "{}"\n[cues]\nstrong = ["loan"]\n'
    own.write_text(text.format("First."))
    assert run(Domain(), "A loan?")[0].text.endswith("First.")
    own.write_text(text.format("Second one."))
    assert run(Domain(), "A loan?")[0].text.endswith("Second one.")
    own.write_text("disclaimer = ")
    assert run(Domain(), "A loan?")[0].text.endswith("Second one.")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has no cues"),
        ("[cues]\nleast = 0\nweak = ['a']", "least must be 1 or more"),
        ("[cues]\nweak = 'a'", "weak cannot be 'a'"),
        ("[allow]\nregion = ['eu']\n[cues]\nweak = ['a']", "no key 'region'"),
        ("titel = 'x'", "no key 'titel'"),
    ],
)
def test_a_pack_that_was_never_good_is_told_and_routes_nothing(packs: Path, text: str, problem: str) -> None:
    (packs / "mine.toml").write_text(text)
    with pytest.raises(BadInput, match=problem):
        Domain().decide(prompt())
    assert problem in run(Domain(), "Say hi")[0].error


def test_unknown_packs_are_named() -> None:
    with pytest.raises(BadParameter, match="no pack physics; there are finance"):
        Domain(packs="physics").decide(prompt())
