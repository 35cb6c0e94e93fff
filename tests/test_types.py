from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.types import (
    Call,
    Image,
    Message,
    Model,
    Prompt,
    Spec,
    Text,
    ToolCall,
    ToolResult,
    Usage,
    assistant,
    content_key,
    estimate_tokens,
    system,
    user,
)

HELLO = Call("m", (user("hello"),), {"temperature": 0, "max_tokens": 5})


def test_a_calls_key_is_what_the_model_is_sent() -> None:
    assert replace(HELLO, params={"max_tokens": 5, "temperature": 0}).key == HELLO.key
    for other in (
        replace(HELLO, model="n"),
        replace(HELLO, sample=1),
        replace(HELLO, params={"temperature": 1, "max_tokens": 5}),
        replace(HELLO, messages=(user("hello "),)),
        replace(HELLO, messages=(system("hello"),)),
    ):
        assert other.key != HELLO.key


def test_a_calls_key_does_not_depend_on_what_the_call_is_for() -> None:
    assert replace(HELLO, role="draft").key == HELLO.key


def test_keys_never_change_between_versions() -> None:
    assert HELLO.key == "44c07e5a77349a3ec8dac1852166dca1"


@given(st.text(), st.text())
def test_different_texts_have_different_keys(a: str, b: str) -> None:
    assert (content_key(a) == content_key(b)) == (a == b)


def test_a_lone_surrogate_has_a_key_and_a_size() -> None:
    assert len(content_key("\ud800")) == 32
    assert estimate_tokens("\ud800") == 1


def test_a_message_has_the_wire_form_of_openai() -> None:
    assert user("hi").as_json() == {"role": "user", "content": "hi"}
    image = Message("user", (Text("what?"), Image("data:image/png;base64,AA")))
    assert image.as_json()["content"] == [
        {"type": "text", "text": "what?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
    ]
    asked = Message("assistant", (ToolCall("t1", "add", '{"a":1}'),))
    assert asked.as_json()["tool_calls"] == [
        {"id": "t1", "type": "function", "function": {"name": "add", "arguments": '{"a":1}'}}
    ]
    assert Message("tool", (ToolResult("t1", "2"),)).as_json() == {
        "role": "tool",
        "tool_call_id": "t1",
        "content": "2",
    }


def test_what_was_asked_is_the_last_user_message() -> None:
    prompt = Prompt("p", (system("s"), user("one"), assistant("two"), user("three"), assistant("four")), (Model("m"),))
    assert prompt.text == "three"
    assert Prompt("p", (), (Model("m"),)).text == ""


def test_prices_are_per_million_tokens() -> None:
    assert Model("m", 2.0, 8.0).cost_usd(Usage(500_000, 250_000)) == 3.0


def test_a_spec_is_the_same_whatever_order_its_parameters_were_written_in() -> None:
    one = Spec("random", {"seed": 1, "floor": 0.1}, ("a", "b"), {"a": (1.0, 2.0), "b": (3.0, 4.0)})
    two = Spec("random", {"floor": 0.1, "seed": 1}, ("a", "b"), {"b": (3.0, 4.0), "a": (1.0, 2.0)})
    assert one.key == two.key
    assert replace(one, pool=("b", "a")).key != one.key  # round robin minds the order
    assert replace(one, prices={"a": (1.0, 2.5), "b": (3.0, 4.0)}).key != one.key
    assert json.loads(json.dumps(one.as_json()))["prices"]["a"] == [1.0, 2.0]


def test_values_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        HELLO.model = "n"  # type: ignore[misc]  # the mistake that is tested
