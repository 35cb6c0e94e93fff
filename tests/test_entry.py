from __future__ import annotations

import pytest

from workbench.entry import FIELDS, Problem, check


def test_a_table_with_every_field_passes() -> None:
    table = {
        "id": "vendor/model-1.5:free",
        "provider": "openai",
        "name": "model",
        "endpoint": "https://[::1]:8080/v1",
        "key": "MY_KEY",
        "price_in": 0,
        "price_out": 1.5,
        "priced_as": "gpt-4.1-mini",
        "context": 1,
        "capabilities": ["vision", "tools", "json", "logprobs"],
        "region": "eu",
        "group": "model",
        "tags": [],
        "nominal": True,
        "options": {},
    }
    assert set(table) == set(FIELDS)
    check(table)


def test_a_problem_names_its_field() -> None:
    with pytest.raises(Problem, match=r"context must be a whole number of tokens, not 1\.5") as caught:
        check({"id": "a", "context": 1.5})
    assert caught.value.field == "context"


@pytest.mark.parametrize("value", ["", "a b", "../x y", "é", 5, "a\nb"])
def test_an_id_is_one_word(value: object) -> None:
    with pytest.raises(Problem):
        check({"id": value})


@pytest.mark.parametrize(
    "address", ["127.0.0.1:11434", "http://", "http://x:99999/v1", "http://x/v1?key=1", "file:///x"]
)
def test_an_address_is_http_with_a_host_and_nothing_secret(address: str) -> None:
    with pytest.raises(Problem):
        check({"id": "a", "endpoint": address})
