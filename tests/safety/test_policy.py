from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.policies import own
from workbench.errors import BadInput
from workbench.safety.finding import CATEGORIES, SECRETS
from workbench.safety.policy import POLICIES
from workbench.settings import shipped

STANDARD = shipped("policies/standard.toml").read_text(encoding="utf-8")


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Path]:
    with own(tmp_path, "policies") as folder:
        yield folder / "mine.toml"


def test_the_shipped_policies_say_what_to_do_about_every_category() -> None:
    assert set(POLICIES.all()) == {"standard", "strict", "private", "observe"}
    for one in POLICIES.all().values():
        assert set(one.before) == set(one.after) == set(CATEGORIES)


def test_no_shipped_policy_lets_a_key_through() -> None:
    assert all(one.before["key"] != "allow" and one.after["key"] != "allow" for one in POLICIES.all().values())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('card = "redact"\n', "", r"\[before\] says nothing of card: give each one of allow, redact, local, refuse"),
        ('card = "redact"', 'card = "hide"', "card must be one of allow, redact, local, refuse, not 'hide'"),
        ('hate = "refuse"', 'hate = "redact"', "hate must be one of allow, local, refuse, not 'redact'"),
        ('[after]\nkey = "redact"', '[after]\nkey = "local"', "key must be one of allow, redact, refuse, not 'local'"),
        ("\n[before]", "\n[befor]", "no key 'befor'"),
        ('card = "redact"', "card = 3", "card cannot be 3"),
        ("\n[before]", '\n[thresholds]\ncard = 0.4\n[before]', "no key 'card'"),
        ("\n[before]", "\n[thresholds]\ncyber = nan\n[before]", "must be a probability"),
        ("\n[before]", "\n[thresholds]\ncyber = 80\n[before]", "must be a probability"),
        ("\n[before]", "\n[thresholds]\ncyber = true\n[before]", "must be a probability"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_and_nothing_is_allowed_by_leaving_it_out(
    mine: Path, old: str, new: str, problem: str
) -> None:
    mine.write_text(STANDARD.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput, match=problem):
        POLICIES.get("mine")


def test_a_reason_is_the_policys_own_or_says_what_was_seen(mine: Path) -> None:
    mine.write_text(STANDARD + '\n[reasons]\ncyber = "no hacking here"\n[thresholds]\ncyber = 0.9\n', encoding="utf-8")
    made = POLICIES.get("mine")
    assert made.reason("cyber") == "no hacking here"
    assert made.thresholds == {"cyber": 0.9}
    assert "findahelpline.com" in made.reason("self_harm")
    assert all(made.reason(c).startswith("it holds what looks like a") for c in SECRETS)
