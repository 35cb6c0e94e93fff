"""Live experiments on scripted models: what is asked, kept, gone on with and stopped."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pool import model
from tests.services.trial import POOL, TWO, Counted, conduct, plan, queried, reported, suite
from workbench.errors import BadInput
from workbench.services.experiment_run import run
from workbench.services.record import Progress
from workbench.store import open_store

COUNT = "select count(*) as n from observations"


def test_every_strategy_answers_every_case_once_and_is_graded(tmp_path: Path) -> None:
    provider = Counted()
    ended, found = conduct(tmp_path, plan(), provider)
    assert ended.text == "every case is answered"
    assert set(provider.asked.values()) == {1}
    assert len(provider.asked) == 12
    assert [one["quality"]["value"] for one in found["strategies"]] == [1.0, 0.0]
    rows = queried(tmp_path, "select * from observations order by n, arm")
    assert [(row["n"], row["arm"]) for row in rows] == [(n, arm) for n in range(6) for arm in range(2)]
    assert {row["propensity"] for row in rows} == {1.0}


def test_equal_calls_of_one_case_are_one_call_and_said_to_be_shared(tmp_path: Path) -> None:
    provider = Counted()
    conduct(tmp_path, plan([TWO[0], TWO[0]]), provider)
    assert set(provider.asked.values()) == {1}
    assert len(provider.asked) == 6
    assert queried(tmp_path, "select distinct shared from runs") == [{"shared": True}]


def test_assigned_only_one_answers_and_its_propensity_is_logged(tmp_path: Path) -> None:
    asked = plan(asked=suite(40), assign="prompt", shares=(0.7, 0.3))
    provider = Counted()
    conduct(tmp_path, asked, provider)
    assert sum(provider.asked.values()) == 40
    rows = queried(tmp_path, "select arm, propensity, count(*) as n from observations group by all order by arm")
    assert [(row["arm"], row["propensity"]) for row in rows] == [(0, 0.7), (1, 0.3)]


def test_drawn_by_prompt_the_user_is_kept_and_what_if_answers_know_users(tmp_path: Path) -> None:
    _, made = conduct(tmp_path, plan(asked=suite(400, users=20), assign="prompt"), at_once=50)
    (kept,) = queried(
        tmp_path, "select count(distinct unit) as users, count(distinct (unit, arm)) as both from observations"
    )
    assert (kept["users"], kept["both"]) == (20, 40)
    assert ["20 users" in one["warning"] for one in made["off_policy"]] == [True, True]


def test_nothing_is_asked_twice_when_it_goes_on(tmp_path: Path) -> None:
    conduct(tmp_path, plan())
    second = Counted()
    ended, _ = conduct(tmp_path, plan(), second)
    assert not second.asked
    assert ended.progress.before == ended.progress.done == 6


class Stops(Exception):
    """Stands for a process that ends in the middle."""


def test_what_was_answered_before_it_broke_stays_and_is_not_asked_again(tmp_path: Path) -> None:
    def break_after(progress: Progress) -> None:
        if progress.done == 3:
            raise Stops

    first, second = Counted(), Counted()
    with pytest.raises(BaseExceptionGroup) as raised:
        conduct(tmp_path, plan(), first, at_once=1, report=break_after)
    assert isinstance(raised.value.exceptions[0], Stops)
    ended, found = conduct(tmp_path, plan(), second)
    assert ended.progress.done == 6
    assert not first.asked.keys() & second.asked.keys()
    assert found["answered"] == 6


def test_an_experiment_goes_on_only_as_it_was_begun(tmp_path: Path) -> None:
    conduct(tmp_path, plan())
    for said, other in {
        "another seed": plan(seed=1),
        "another strategies": plan([TWO[0], ("random", {})]),
        "another suite key": plan(asked=suite(7)),
        "another guards": plan(guards={"errors": 0.5}),
        "another assign": plan(assign="prompt"),
    }.items():
        with pytest.raises(BadInput, match=said):
            conduct(tmp_path, other)
    assert queried(tmp_path, COUNT) == [{"n": 12}]


def test_two_processes_do_not_run_one_experiment(tmp_path: Path) -> None:
    async def both() -> None:
        with open_store(tmp_path) as store:
            slow = Counted((model("small", 1.0, latency_s=0.2, text="hello"), *POOL[1:]))
            one = asyncio.create_task(run(plan(), slow, store, tmp_path))
            await asyncio.sleep(0.05)
            with pytest.raises(BadInput, match="another process runs"):
                await run(plan(), Counted(), store, tmp_path)
            await one

    asyncio.run(both())


def test_cases_at_once_are_bounded(tmp_path: Path) -> None:
    provider = Counted(tuple(model(m.id, 1.0, latency_s=0.01, text="hello") for m in POOL))
    conduct(tmp_path, plan(asked=suite(12)), provider, at_once=3)
    assert provider.most == 6  # three cases of two strategies


def test_a_failed_run_is_an_outcome_of_quality_nothing(tmp_path: Path) -> None:
    pool = (POOL[0], model("big", 1.0, fault="500"))
    _, found = conduct(tmp_path, plan(pool=pool))
    assert found["strategies"][1]["failed"]["value"] == 1.0
    assert found["strategies"][1]["quality"]["value"] == 0.0
    assert found["answered"] == 6


def test_a_stop_rule_ends_it_and_still_does_when_it_is_run_again(tmp_path: Path) -> None:
    pool = (POOL[0], model("big", 1.0, fault="500"))
    asked = plan(pool=pool, asked=suite(300), guards={"errors": 0.2})
    ended, found = conduct(tmp_path, asked, Counted(pool))
    assert "fixed (model=big) is shown above its limit of 0.2 failed" in ended.text
    assert found["answered"] < 30
    assert found["called"] == list(ended.called)
    again = Counted(pool)
    conduct(tmp_path, asked, again)
    assert not again.asked


def test_a_budget_is_kept_to_the_cent_and_gone_on_with_when_raised(tmp_path: Path) -> None:
    asked = plan(asked=suite(50))
    _, whole = conduct(tmp_path / "whole", asked)
    price = sum(one["cost"]["value"] for one in whole["strategies"]) * 50 / 1000
    ended, part = conduct(tmp_path / "part", asked, budget_usd=price / 2, at_once=4)
    assert ended.spent
    assert 5 < part["answered"] < 26
    spent = queried(tmp_path / "part", "select sum(cost_usd) as usd from calls")[0]["usd"]
    assert spent <= price / 2
    before = part["answered"] + part["beyond"]
    provider = Counted()
    ended, done = conduct(tmp_path / "part", asked, provider, budget_usd=2 * price)
    assert done["answered"] == 50
    assert sum(provider.asked.values()) <= 2 * (50 - before)


def test_a_broken_case_is_named_without_a_traceback_of_groups(tmp_path: Path) -> None:
    broken = suite(1, grader="regex", reference="(")
    with pytest.raises(BadInput, match="q000"):
        conduct(tmp_path, plan(asked=broken))


CATALOG = """
[[models]]
id = "slow"
provider = "scripted"
price_in = 1.0
price_out = 1.0
options = { text = "hello there", latency_s = 0.05 }
[[models]]
id = "rude"
provider = "scripted"
options = { text = "go away", latency_s = 0.05 }
"""


def test_a_killed_experiment_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    """kill -9 in the middle: what was kept stays, the same command finishes the rest, the report is whole."""
    (tmp_path / "models.toml").write_text(CATALOG, encoding="utf-8")
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in suite(60).lines), encoding="utf-8")
    code = "import sys; from workbench.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "experiment", "run", "killed", "fixed:model=slow", "fixed:model=rude"]
    command += ["--suite", str(file), "--pool", "slow,rude", "--json"]
    env = {**os.environ, "WORKBENCH_HOME": str(tmp_path)}
    with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
        deadline = time.monotonic() + 60
        while _kept(tmp_path) < 8 and time.monotonic() < deadline:
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
    before = queried(tmp_path, "select run_id from observations order by n, arm")
    assert 16 <= len(before) < 120
    done = subprocess.run(command, env=env, capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout)["answered"] == 60
    after = queried(tmp_path, "select run_id from observations order by n, arm")
    assert len(after) == 120
    assert {row["run_id"] for row in before} <= {row["run_id"] for row in after}
    assert queried(tmp_path, "select count(*) as n from runs") == [{"n": 120}]
    assert reported(tmp_path, "killed")["comparisons"][0]["shown"] is True


def _kept(home: Path) -> int:
    """Cases that the journal holds: durable, whether or not the database has them yet."""
    return sum(file.read_bytes().count(b'["observations"') for file in (home / "journal").glob("*.jsonl")) // 2
