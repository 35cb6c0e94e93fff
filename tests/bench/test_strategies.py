"""The README's table of strategies: made from the recorded outcomes, current, and honest about what is not in it."""

from __future__ import annotations

import re
from typing import Any

from tests.judging import cascade, judged, outcomes, router
from workbench.bench import strategies
from workbench.outcomes import read
from workbench.services.replay_report import document
from workbench.services.specs import registry
from workbench.settings import shipped
from workbench.strategy import Router

TABLE = shipped("bench.md").read_text(encoding="utf-8")
LINES = ("cheapest", "best single", "round-robin", "random", "zero router curve", "per-category oracle", "oracle")


def test_every_strategy_enters_but_the_one_that_the_lines_stand_for() -> None:
    asked = {entrant.strategy for entrant in strategies.request().entrants}
    assert asked == set(registry().names()) - {"fixed"}


def test_the_naive_cascade_stands_beside_the_one_that_learned() -> None:
    asked = [entrant for entrant in strategies.request().entrants if entrant.strategy == "cascade"]
    assert [entrant.params for entrant in asked] == [{}, {"acceptor": "naive"}]


def test_the_committed_table_is_of_the_committed_outcomes() -> None:
    assert f"Data `{read(shipped('outcomes/reasoning.parquet')).key}`." in TABLE
    assert "1,330 prompts, 2 models, 5 folds by prompt; costs are nominal." in TABLE


def test_the_committed_table_has_every_strategy_or_says_why_not() -> None:
    rows = set(re.findall(r"^\| ([a-z_]+) \|", TABLE, flags=re.MULTILINE))
    left_out = set(re.findall(r"`([a-z_]+)` is not in the table: ", TABLE))
    missing = set(registry().names()) - {"fixed"} - rows - left_out
    assert not missing, f"make it anew: workbench bench strategies --markdown > data/bench.md ({missing})"
    assert all(f"| ({name}) |" in TABLE for name in LINES)


def made(**more: Any) -> dict[str, Any]:
    data = outcomes()
    made = document(judged(router(data, (0.0, 0.5, 1.0)), cascade(data), data=data))
    return {**made, "left_out": {}, "decisions": {"known_us": {"mine": 41.6}, "embed_ms": 1.64}} | more


def test_no_clocks_figure_but_the_stated_times_is_in_it() -> None:
    one, two = made(), made()
    for curve in two["curves"]:
        curve["decision_us"] = 12345.0
    assert strategies.markdown(one) == strategies.markdown(two)


def test_a_cascades_table_and_those_left_out_are_in_it() -> None:
    text = strategies.markdown(made(left_out={"judge": "calls of 200 of 200 prompts are not recorded"}))
    assert "`twice`, beside the best single model:" in text
    assert "`judge` is not in the table: calls of 200 of 200 prompts are not recorded." in text
    assert text.endswith("\n")


def test_the_first_table_has_the_time_to_decide_of_those_that_decide_once() -> None:
    rows = {row["strategy"]: row for row in strategies.summary(made())}
    assert {name: row["decides in us"] for name, row in rows.items() if row["decides in us"]} == {"mine": "42"}
    assert set(LINES) <= {name.strip("()") for name in rows}
    assert "a new one is embedded first, 1.6 ms" in strategies.markdown(made())


def test_the_committed_table_has_times_of_all_routers() -> None:
    first = TABLE.split("\n\n")[0]
    timed = {name for name, us in re.findall(r"^\| ([a-z_]+) \| (\d*) \|", first, flags=re.MULTILINE) if us}
    routers = {name for name in registry().names() if issubclass(registry().load(name), Router)}
    left_out = set(re.findall(r"`([a-z_]+)` is not in the table: ", TABLE))
    assert timed == routers - {"fixed"} - left_out
