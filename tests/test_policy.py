from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.policies import own
from workbench import policy
from workbench.errors import BadInput
from workbench.policy import Policies, only_keys, words_of
from workbench.settings import shipped


def read(name: str, table: Mapping[str, Any]) -> str:
    only_keys(f"{name}.toml", table, {"title": str})
    return str(table.get("title", ""))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with own(tmp_path, "domains") as made:
        yield made


def write(path: Path, text: str) -> None:
    """With a time of its own, however fast the test is."""
    path.write_text(text, encoding="utf-8")
    write.clock += 1  # type: ignore[attr-defined]  # the function keeps its own time
    os.utime(path, (write.clock, write.clock))  # type: ignore[attr-defined]  # the function keeps its own time


write.clock = 10**9  # type: ignore[attr-defined]  # the function keeps its own time


@pytest.fixture
def policies() -> Policies[str]:
    return Policies("domains", lambda name, table: str(table.get("title", "")))


def test_the_users_files_lie_over_ours(folder: Path, policies: Policies[str]) -> None:
    assert policies.get("finance") == "Finance"
    write(folder / "finance.toml", 'title = "Money"')
    write(folder / "farming.toml", 'title = "Farming"')
    assert (policies.get("finance"), policies.get("farming")) == ("Money", "Farming")
    assert {"finance", "farming", "legal"} <= set(policies.all())
    (folder / "finance.toml").unlink()
    assert policies.get("finance") == "Finance"


def test_a_change_is_read_at_the_next_look(folder: Path, policies: Policies[str]) -> None:
    write(folder / "mine.toml", 'title = "one"')
    assert policies.get("mine") == "one"
    write(folder / "mine.toml", 'title = "two"')
    assert policies.get("mine") == "two"


def test_nothing_is_read_twice_that_did_not_change(folder: Path) -> None:
    reads: list[str] = []
    counted: Policies[None] = Policies("domains", lambda name, table: reads.append(name))
    counted.all()
    first = len(reads)
    counted.all()
    assert len(reads) == first >= 4
    write(folder / "mine.toml", "")
    counted.all()
    assert reads[first:] == ["mine"]


def test_what_was_good_stays_in_force_when_its_file_breaks(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    policies = Policies("domains", read)
    (folder / "mine.toml").write_text("")
    with pytest.raises(BadInput, match=r"finance\.toml cannot be used: finance\.toml has no key 'disclaimer'"):
        policies.get("finance")
    write(folder / "mine.toml", 'title = "good"')
    assert policies.get("mine") == "good"
    write(folder / "mine.toml", "\ntitle = unquoted")
    assert policies.get("mine") == "good"
    problem = policies.problems()["mine"]
    assert "mine.toml cannot be used: Invalid value (at line 2, column 9)" in problem
    assert "what it said before stays in force. Mend it or take it away" in problem
    assert problem in caplog.messages
    assert policies.get("mine") == "good"
    assert caplog.messages.count(problem) == 1
    write(folder / "mine.toml", 'title = "mended"')
    assert policies.get("mine") == "mended"
    assert "mine" not in policies.problems()


def test_what_was_never_good_stops_whoever_needs_it(folder: Path, policies: Policies[str]) -> None:
    write(folder / "mine.toml", "= nothing")
    with pytest.raises(BadInput, match=r"mine\.toml cannot be used"):
        policies.all()
    with pytest.raises(BadInput, match=r"mine\.toml cannot be used"):
        policies.get("mine")
    assert policies.get("finance") == "Finance"


def test_bytes_that_are_no_text_are_told(folder: Path, policies: Policies[str]) -> None:
    (folder / "mine.toml").write_bytes(b"title = '\xff'")
    assert "utf-8" in policies.problems()["mine"]


def test_an_unknown_name_lists_the_known_ones_and_where_to_put_it(folder: Path, policies: Policies[str]) -> None:
    with pytest.raises(BadInput, match=r"no file other\.toml in .*domains or .*domains; there are finance, gaming"):
        policies.get("other")


def test_keys_and_words_are_checked() -> None:
    with pytest.raises(BadInput, match="a has no key 'tilte'; there are title"):
        only_keys("a", {"tilte": "x"}, {"title": str})
    with pytest.raises(BadInput, match="a: title cannot be 3"):
        only_keys("a", {"title": 3}, {"title": str})
    for value in ("words", [1], [" "], None):
        with pytest.raises(BadInput, match="a must be a list of words"):
            words_of("a", value)
    assert words_of("a", ["x"]) == ("x",)


def test_the_users_own_file_lies_over_the_shipped_one(tmp_path: Path) -> None:
    assert policy.laid_over("intents.toml") == shipped("intents.toml")
    policy.use(tmp_path)
    try:
        assert policy.laid_over("intents.toml") == shipped("intents.toml")
        (tmp_path / "intents.toml").touch()
        assert policy.laid_over("intents.toml") == tmp_path / "intents.toml"
    finally:
        policy.use(None)
