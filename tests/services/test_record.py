"""Recording on scripted models: what is kept, what is asked again, and what an end in the middle leaves."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.pool import MODELS, Pool, model
from tests.scripted_judge import FINE, judge
from workbench.errors import BadInput
from workbench.events import Delta
from workbench.outcomes import read, write
from workbench.services.record import Direct, Journal, Plan, Progress, about, record
from workbench.suite import Suite
from workbench.types import Call, Model, Reply

LINES = tuple(
    {"id": f"q{i}", "category": "x", "prompt": f"Say {i}.", "reference": "hello", "grader": "contains"}
    for i in range(6)
)
SUITE = Suite("mine", LINES)


class Counted:
    """Counts the calls of each key."""

    def __init__(self, models: tuple[Model, ...] = MODELS) -> None:
        self.pool, self.asked, self.now, self.most = Pool(models), dict[str, int](), 0, 0

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        self.asked[call.key] = self.asked.get(call.key, 0) + 1
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            async for item in self.pool.stream(call):
                yield item
        finally:
            self.now -= 1


def plan(models: tuple[Model, ...] = MODELS, suite: Suite = SUITE, **params: Any) -> Plan:
    return Plan(suite, models, params or {"max_tokens": 20})


def run(asked: Plan, provider: Any, path: Path, **options: Any) -> tuple[Progress, list[dict[str, Any]]]:
    with Journal(path, asked) as journal:
        progress = asyncio.run(record(asked, Direct(asked, provider), journal, **options))
        return progress, list(journal.rows.values())


def test_every_model_answers_every_case_once(tmp_path: Path) -> None:
    provider = Counted()
    progress, rows = run(plan(), provider, tmp_path / "j")
    assert progress.done == progress.total == len(rows) == 18
    assert set(provider.asked.values()) == {1}
    assert {(r["query_id"], r["model"]) for r in rows} == {(f"q{i}", m.id) for i in range(6) for m in MODELS}
    assert all(r["cost_usd"] > 0 and r["latency_ms"] >= 0 and r["completion_tokens"] > 0 for r in rows)


def test_nothing_is_asked_twice_when_it_goes_on(tmp_path: Path) -> None:
    first, second = Counted(), Counted()
    run(plan(suite=Suite("mine", LINES)), first, tmp_path / "j")
    progress, rows = run(plan(), second, tmp_path / "j")
    assert second.asked == {}
    assert progress.done == progress.before == len(rows) == 18


def test_a_line_cut_in_the_middle_is_asked_again_and_no_other(tmp_path: Path) -> None:
    run(plan(), Counted(), tmp_path / "j")
    whole = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(whole[:-20])
    provider = Counted()
    _, rows = run(plan(), provider, tmp_path / "j")
    assert sum(provider.asked.values()) == 1
    assert len(rows) == 18
    assert len((tmp_path / "j").read_bytes().splitlines()) == 19


def test_a_failed_call_is_an_outcome(tmp_path: Path) -> None:
    models = (model("ok", 1.0), model("bad", 1.0, fault="500"))
    progress, rows = run(plan(models), Counted(models), tmp_path / "j")
    failed = [r for r in rows if r["model"] == "bad"]
    assert progress.failed == len(failed) == 6
    assert all(r["quality"] == 0.0 and r["error"].startswith("server: ") for r in failed)


def test_failed_calls_are_asked_again_only_when_told_to(tmp_path: Path) -> None:
    bad, good = (model("m", 1.0, fault="500"),), (model("m", 1.0),)
    run(plan(bad), Counted(bad), tmp_path / "j")
    still = Counted(good)
    run(plan(good), still, tmp_path / "j")
    assert still.asked == {}
    progress, _ = run(plan(good), Counted(good), tmp_path / "j", again=True)
    assert progress.failed == 0


def test_calls_of_one_model_are_bounded(tmp_path: Path) -> None:
    models = (model("m", 1.0, latency_s=0.01),)
    provider = Counted(models)
    run(plan(models), provider, tmp_path / "j", at_once=2)
    assert provider.most == 2


def test_another_suite_or_other_settings_do_not_mix_with_what_is_there(tmp_path: Path) -> None:
    run(plan(), Counted(), tmp_path / "j")
    with pytest.raises(BadInput, match="another params"):
        Journal(tmp_path / "j", plan(max_tokens=99))
    with pytest.raises(BadInput, match="another suite key"):
        Journal(tmp_path / "j", plan(suite=Suite("mine", LINES[:3])))


def test_two_processes_do_not_record_the_same_at_once(tmp_path: Path) -> None:
    with Journal(tmp_path / "j", plan()), pytest.raises(BadInput, match="another process is recording"):
        Journal(tmp_path / "j", plan())


def test_progress_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    progress, _ = run(plan(), Counted(), tmp_path / "j", report=lambda p: told.append((p.done, p.total)))
    assert told[0] == (0, 18)
    assert told[-1] == (18, 18)
    assert progress.per_s > 0
    assert progress.left_s == 0


@pytest.mark.parametrize("line", [b"{half\n", b'{"model": "m"}\n', b"7\n", b"\xff\n"])
def test_a_broken_line_is_named_and_nothing_is_lost(tmp_path: Path, line: bytes) -> None:
    with Journal(tmp_path / "j", plan()):
        pass
    whole = (tmp_path / "j").read_bytes() + line
    (tmp_path / "j").write_bytes(whole)
    with pytest.raises(BadInput, match=r"line 2 of .* is broken"):
        Journal(tmp_path / "j", plan())
    assert (tmp_path / "j").read_bytes() == whole


def test_a_broken_case_stops_the_recording_and_says_which(tmp_path: Path) -> None:
    broken = Suite("mine", ({**LINES[0], "grader": "regex", "reference": "("},))
    with pytest.raises(BadInput, match="q0"):
        run(plan(suite=broken), Counted(), tmp_path / "j")


CATALOG = """
[[models]]
id = "slow"
provider = "scripted"
options = { text = "hello there", latency_s = 0.05 }
"""


def command(home: Path, suite: Path) -> list[str]:
    code = "import sys; from workbench.cli import main; sys.exit(main(sys.argv[1:]))"
    return [sys.executable, "-c", code, "record", str(suite), "--models", "slow", "--json"]


def test_a_killed_recording_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    """kill -9 in the middle: what was kept stays, the same command finishes the rest."""
    suite = tmp_path / "mine.jsonl"
    lines = [dict(LINES[0], id=f"q{i:03}", prompt=f"Say {i}.") for i in range(60)]
    suite.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (tmp_path / "models.toml").write_text(CATALOG, encoding="utf-8")
    env = {**os.environ, "WORKBENCH_HOME": str(tmp_path)}
    journal = tmp_path / "recordings" / "mine.jsonl"
    with subprocess.Popen(
        command(tmp_path, suite), env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as first:
        deadline = time.monotonic() + 60
        while (not journal.exists() or journal.read_bytes().count(b"\n") < 8) and time.monotonic() < deadline:
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
    kept = journal.read_bytes()
    kept = kept[: kept.rindex(b"\n") + 1]
    assert 8 <= kept.count(b"\n") < 61
    done = subprocess.run(command(tmp_path, suite), env=env, capture_output=True, check=True, timeout=60)
    assert json.loads(done.stdout)["outcomes"] == 60
    assert journal.read_bytes().startswith(kept)
    assert journal.read_bytes().count(b"\n") == 61
    frame = read(tmp_path / "data" / "mine.parquet").frame
    assert frame["quality"].to_list() == [1.0] * 60


OPEN = Suite(
    "open", tuple({"id": f"o{i}", "category": "x", "prompt": f"Tell {i}.", "grader": "judge"} for i in range(2))
)


def test_a_judge_scores_what_no_rule_can_grade_and_its_cost_is_counted_apart(tmp_path: Path) -> None:
    asked, told = judge(lambda call: FINE)
    mixed = Suite("mixed", (*OPEN.lines, {**LINES[0], "grader": "judge", "reference": "hello is right"}, LINES[1]))
    wanted = Plan(mixed, MODELS[:1], {"max_tokens": 20}, asked)
    _, rows = run(wanted, Counted(), tmp_path / "j")
    by_id = {row["query_id"]: row for row in rows}
    assert by_id["o0"]["quality"] == asked.rubric.quality({n: v for n, v in FINE.items() if isinstance(v, int)})
    assert (by_id["o0"]["judge_reason"], by_id["o0"]["judge_calls"]) == ("fine", 1)
    assert "judge_calls" not in by_id["q1"]
    assert by_id["o0"]["cost_usd"] == pytest.approx(by_id["o1"]["cost_usd"])
    facts = about(wanted, rows, {"pairs": 40})
    assert (facts["judge"], facts["judged"], facts["judge_calls"]) == ("referee", "3", "3")
    assert float(facts["judge_cost_usd"]) == pytest.approx(0.003)
    assert json.loads(facts["judge_agreement"]) == {"pairs": 40}
    assert asked.spent.calls == 0
    (beside,) = [call for call in told.calls if "hello is right" in call.messages[1].text]
    assert "The reference is a right answer." in beside.messages[1].text


def test_where_the_judge_fails_the_answer_is_kept_without_a_score(tmp_path: Path) -> None:
    asked, _ = judge(lambda call: "no JSON")
    wanted = Plan(OPEN, MODELS[:1], {"max_tokens": 20}, asked)
    progress, rows = run(wanted, Counted(), tmp_path / "j")
    assert [(row["quality"], row["error"], bool(row["response"])) for row in rows] == [(None, None, True)] * 2
    assert rows[0]["judge_error"].startswith("bad_reply: referee does not judge")
    assert rows[0]["judge_calls"] == 2
    assert about(wanted, rows)["judge_failed"] == "2"
    assert progress.failed == 0
    write(rows, tmp_path / "open.parquet", about(wanted, rows))
    assert read(tmp_path / "open.parquet").frame["quality"].to_list() == [None, None]


def test_another_judge_is_another_recording(tmp_path: Path) -> None:
    asked, _ = judge(lambda call: FINE)
    run(Plan(OPEN, MODELS[:1], {}, asked), Counted(), tmp_path / "j")
    with (
        pytest.raises(BadInput, match="another judge"),
        Journal(
            tmp_path / "j", Plan(OPEN, MODELS[:1], {}, judge(lambda call: FINE, model=Model("other", 1.0, 1.0))[0])
        ),
    ):
        pass


def test_without_a_judge_the_case_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"case o0: .* record SUITE --judge MODEL"):
        run(plan(suite=OPEN), Counted(), tmp_path / "j")


class Torn(Counted):
    """Says hello twice and then something else."""

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        async for item in super().stream(call):
            yield replace(item, text=("hello", "other", "Hello.")[call.sample % 3]) if isinstance(item, Reply) else item


def test_of_several_samples_what_most_agree_on_is_the_answer_and_their_share_its_confidence(tmp_path: Path) -> None:
    one, three = tmp_path / "one", tmp_path / "three"
    _, single = run(plan(MODELS[:2]), Torn(), one)
    provider = Torn()
    wanted = replace(plan(MODELS[:2]), samples={"small": 3})
    _, rows = run(wanted, provider, three)
    small, mid = ([r for r in rows if r["model"] == m] for m in ("small", "mid"))
    assert len(provider.asked) == 6 * 3 + 6
    assert {(r["response"], r["quality"], round(r["confidence"], 6)) for r in small} == {("hello", 1.0, -0.405465)}
    plain = {(r["query_id"], r["model"]): r for r in single}
    assert all(r["cost_usd"] == pytest.approx(3 * plain[r["query_id"], "small"]["cost_usd"], rel=0.2) for r in small)
    assert [r["cost_usd"] for r in mid] == [plain[r["query_id"], "mid"]["cost_usd"] for r in mid]
    assert json.loads(about(wanted)["samples"]) == {"small": 3}
    with pytest.raises(BadInput, match="another samples"):
        Journal(three, replace(wanted, samples={"small": 5}))
