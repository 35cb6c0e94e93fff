from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.pool import MODELS
from workbench.services.rewording import ONE_IN, mistyped, reworded
from workbench.types import Image, Message, Prompt, Text, assistant, user


def asked(text: str, id: str = "p") -> Prompt:
    return Prompt(id, (user(text),), MODELS)


def test_the_same_prompt_is_always_reworded_the_same() -> None:
    assert reworded(asked("What is the capital of France?")) == reworded(asked("What is the capital of France?"))


def test_all_three_forms_come_up() -> None:
    text = "What is the capital of France?"
    found = {reworded(asked(text, f"p{i}")).text for i in range(60)}
    assert text.lower() in found
    assert any("please" in said and text in said for said in found)
    assert any(sorted(said) == sorted(text) and said != text for said in found)


def test_only_what_the_user_said_last_changes() -> None:
    said = (user("First question?"), assistant("An answer."), user("Second question?"))
    found = reworded(Prompt("p", said, MODELS, {"category": "x"}))
    assert found.messages[:2] == said[:2]
    assert found.text != "Second question?"
    assert (found.id, found.models, found.tags) == ("p", MODELS, {"category": "x"})


def test_images_stay() -> None:
    parts = (Text("What is this here?"), Image("data:image/png;base64,AA=="))
    assert reworded(Prompt("p", (Message("user", parts),), MODELS)).messages[0].parts[1] == parts[1]


def test_a_conversation_without_a_user_is_left_alone() -> None:
    prompt = Prompt("p", (assistant("Hello."),), MODELS)
    assert reworded(prompt) == prompt


def test_one_word_of_twelve_is_mistyped_inside() -> None:
    text = " ".join(f"abcdef{chr(97 + i % 26)}" for i in range(3 * ONE_IN))
    words = zip(text.split(), mistyped(text, random.Random(0)).split(), strict=True)
    changed = [(a, b) for a, b in words if a != b]
    assert 0 < len(changed) <= 3
    assert all(a[0] == b[0] and a[-1] == b[-1] and sorted(a) == sorted(b) for a, b in changed)


@given(st.text(max_size=80), st.integers(0, 99))
def test_mistyping_keeps_every_letter(text: str, seed: int) -> None:
    assert sorted(mistyped(text, random.Random(seed))) == sorted(text)
