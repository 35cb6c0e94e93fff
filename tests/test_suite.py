from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from tests.pool import MODELS
from workbench.errors import BadInput
from workbench.settings import shipped
from workbench.suite import generate, load, main, names

LINE = {"id": "a-1", "category": "maths", "prompt": "2 + 2?", "reference": "4", "grader": "numeric"}


def suite(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "mine.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_case_carries_prompt_reference_grader_and_what_it_needs(tmp_path: Path) -> None:
    context = [{"role": "system", "content": "Answer only."}]
    path = suite(tmp_path, json.dumps(LINE | {"context": context, "data": {"tolerance": 0.1}, "split": "train"}))
    (case,) = load(str(path)).cases(MODELS)
    assert (case.prompt.id, case.prompt.text, case.reference) == ("a-1", "2 + 2?", "4")
    assert (case.grader, case.split, case.data) == ("numeric", "train", {"tolerance": 0.1})
    assert [m.role for m in case.prompt.messages] == ["system", "user"]
    assert case.prompt.models == MODELS
    assert case.prompt.tags == {"category": "maths"}


def test_a_case_says_who_asked(tmp_path: Path) -> None:
    (case,) = load(str(suite(tmp_path, json.dumps(LINE | {"user": "u7"})))).cases(MODELS)
    assert case.prompt.tags == {"category": "maths", "user": "u7"}


def test_the_same_cases_have_the_same_key(tmp_path: Path) -> None:
    one = load(str(suite(tmp_path, json.dumps(LINE))))
    two = load(str(suite(tmp_path, json.dumps(dict(reversed(LINE.items()))))))
    other = load(str(suite(tmp_path, json.dumps(LINE | {"prompt": "2 + 3?"}))))
    assert one.key == two.key != other.key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not json", "line 1 is not JSON"),
        ("[1]", "line 1 is not a JSON object"),
        (json.dumps(LINE | {"prompt": ""}), "line 1 has no prompt"),
        (json.dumps(LINE | {"colour": "red"}), "there is no field 'colour'"),
        (json.dumps(LINE | {"data": "x"}), "data must be dict"),
        (json.dumps(LINE) + "\n" + json.dumps(LINE), "the id 'a-1' stands twice"),
        ("", "has no cases"),
    ],
)
def test_a_broken_suite_names_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as raised:
        load(str(suite(tmp_path, text)))
    assert "mine.jsonl" in str(raised.value)


def test_an_unknown_suite_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no suite named 'huge'; there are .*reasoning"):
        load("huge", tmp_path)


def test_a_users_own_suites_stand_beside_those_that_ship(tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    suite(tmp_path / "suites", json.dumps(LINE))
    assert {"mine", "reasoning"} <= names(tmp_path).keys()
    assert len(load("mine", tmp_path).lines) == 1


def test_reasoning_has_over_1200_different_puzzles_of_over_12_families() -> None:
    lines = load("reasoning").lines
    families = Counter(line["category"] for line in lines)
    assert len(lines) >= 1200
    assert len(families) >= 12
    assert set(families.values()) == {70}
    assert len({(line["category"], line["prompt"]) for line in lines}) == len(lines)
    assert {line["split"] for line in lines} == {"train", "test"}


def test_no_puzzle_is_shown_solved_before_it_is_asked() -> None:
    for line in load("reasoning").lines:
        assert line["prompt"] not in [message["content"] for message in line["context"]]


def test_the_recipe_makes_the_suite_that_ships_again(tmp_path: Path) -> None:
    recipe = tmp_path / "reasoning.toml"
    recipe.write_bytes(shipped("suites/reasoning.toml").read_bytes())
    main(recipe)
    assert (tmp_path / "reasoning.jsonl").read_bytes() == shipped("suites/reasoning.jsonl").read_bytes()


def test_another_seed_makes_other_puzzles() -> None:
    recipe = tomllib.loads(shipped("suites/reasoning.toml").read_text(encoding="utf-8"))
    small = recipe | {"each": 3, "families": {"chain_sum": recipe["families"]["chain_sum"]}}
    one = [line["prompt"] for line in generate(small)]
    two = [line["prompt"] for line in generate(small | {"seed": 1})]
    assert one != two
    assert len(one) == 3
