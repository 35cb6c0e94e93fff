"""What is packed of an experiment: hand-made rows in, parcels out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workbench.services import mirror
from workbench.services.mirror import Material, Window, names, pack

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
WINDOW = Window(NOON + timedelta(days=1))


def spec(key: str, strategy: str) -> dict[str, Any]:
    return {"key": key, "strategy": strategy, "params": {}, "pool": ["m"], "prices": {"m": [1.0, 2.0]}}


def run(battle: int, letter: str, key: str, cost: float = 0.25, **given: Any) -> dict[str, Any]:
    begun = NOON + timedelta(minutes=battle)
    row = {
        "run_id": f"r{battle}{letter}", "battle_id": f"b{battle}", "begun": begun, "columns": 2, "turn": 0,
        "letter": letter, "spec_key": key, "strategy": {"k1": "fixed", "k2": "cascade"}.get(key, "fixed"), "model": "m",
        "label": "", "category": "", "tokens_in": 3, "tokens_out": 5, "cost_usd": cost, "nominal": False,
        "latency_s": 1.0, "ttft_s": 0.5, "error": "", "created_at": begun, "sent_at": None, "text": "t", "prompt": "p",
        "why": "", "propensity": 1.0, "scores": None,
    }  # fmt: skip
    return {**row, **given}


def vote(battle: int, choice: str, kind: str = "vote", winner: str = "", **given: Any) -> dict[str, Any]:
    letters = {"A", "B"}
    winners = [f"r{battle}{winner}"] if winner else []
    losers = [f"r{battle}{x}" for x in sorted(letters - {winner})] if winner else []
    row = {
        "id": f"v{battle}", "battle_id": f"b{battle}", "kind": kind, "choice": choice, "winners": winners,
        "losers": losers, "tags": [], "comment": "", "created_at": NOON + timedelta(hours=1), "sent_at": None,
    }  # fmt: skip
    return {**row, **given}


def fought(battle: int, **given: Any) -> list[dict[str, Any]]:
    return [run(battle, "A", "k1", **given), run(battle, "B", "k2", cost=0.5, **given)]


def material(runs: list[dict[str, Any]], votes: list[dict[str, Any]] | None = None) -> Material:
    experiment = {
        "id": "e", "kind": "compare", "name": "", "note": "", "seed": 7, "specs": ["k1", "k2"],
        "settings": {"blind": True}, "created_at": NOON,
    }  # fmt: skip
    return Material(experiment, [spec("k1", "fixed"), spec("k2", "cascade")], runs, votes or [])


def body(*args: Any) -> dict[str, Any]:
    parcel = pack(material(*args), WINDOW)
    assert parcel is not None
    return parcel.body


def answers(packed: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [s["tables"]["answers"] for s in packed["steps"] if "answers" in s["tables"]]
    return [dict(zip(part["columns"], row, strict=True)) for part in parts for row in part["data"]]


def test_costs_and_win_rates_accumulate_over_battles() -> None:
    packed = body([*fought(1), *fought(2), *fought(3)], [vote(1, "A", winner="A"), vote(3, "B", winner="B")])
    assert [s["row"] for s in packed["steps"]] == [
        {"battle": 1, "cost_usd/fixed": 0.25, "cost_usd/cascade": 0.5, "win_rate/fixed": 1.0, "win_rate/cascade": 0.0},
        {"battle": 2, "cost_usd/fixed": 0.5, "cost_usd/cascade": 1.0, "win_rate/fixed": 1.0, "win_rate/cascade": 0.0},
        {"battle": 3, "cost_usd/fixed": 0.75, "cost_usd/cascade": 1.5, "win_rate/fixed": 0.5, "win_rate/cascade": 0.5},
    ]


def test_summary_counts_every_kind_of_verdict_apart() -> None:
    runs = [r for n in range(1, 7) for r in fought(n)]
    votes = [
        vote(1, "A", winner="A"),
        vote(2, "tie"),
        vote(3, "both_bad"),
        vote(4, "", "agreement"),
        vote(5, "", "skip"),
    ]
    summary = body(runs, votes)["summary"]
    assert {k: summary[f"fixed/{k}"] for k in ("runs", "wins", "losses", "ties", "both_bad", "agreements")} == {
        "runs": 6, "wins": 1, "losses": 0, "ties": 1, "both_bad": 1, "agreements": 1,
    }  # fmt: skip
    assert (summary["battles"], summary["runs"], summary["votes"]) == (6, 12, 3)
    assert summary["cascade/win_rate"] == 0.0
    assert summary["cascade/win_rate_high"] == pytest.approx(0.7935, abs=1e-4)


def test_an_undecided_vote_counts_once_though_a_column_was_retried() -> None:
    retried = run(1, "A", "k1", error="cut", run_id="r1A0", created_at=NOON - timedelta(minutes=1))
    packed = body([retried, *fought(1)], [vote(1, "tie")])
    assert packed["summary"]["fixed/ties"] == 1
    assert packed["summary"]["fixed/runs"] == 2
    assert packed["summary"]["fixed/cost_usd_total"] == 0.5
    assert [r["vote"] for r in answers(packed)] == ["", "tie", "tie"]


def test_median_latency_is_of_answers_and_error_rate_of_all_runs() -> None:
    slow = [run(n, "A", "k1", latency_s=float(n), columns=1) for n in (1, 2, 9)]
    summary = body([*slow, run(4, "A", "k1", latency_s=600.0, error="timeout", columns=1)])["summary"]
    assert summary["fixed/latency_s_median"] == 2.0
    assert summary["fixed/error_rate"] == 0.25


def test_a_strategy_nobody_voted_on_has_no_win_rate() -> None:
    packed = body(fought(1))
    assert "fixed/win_rate" not in packed["summary"]
    assert (packed["summary"]["fixed/win_rate_low"], packed["summary"]["fixed/win_rate_high"]) == (0.0, 1.0)
    assert "win_rate/fixed" not in packed["steps"][0]["row"]


def test_two_specs_of_one_strategy_have_two_names_that_stay() -> None:
    same = Material(material([]).experiment, [spec("k1", "fixed"), spec("k3", "fixed")], [], [])
    assert names(same) == {"k1": "fixed", "k3": "fixed-2"}
    grown = Material(same.experiment, same.specs, [run(1, "A", "k0"), run(2, "A", "k9", sent_at=NOON)], [])
    assert names(grown) == {"k1": "fixed", "k3": "fixed-2", "k9": "fixed-3", "k0": "fixed-4"}


def test_an_experiment_without_a_name_is_called_by_what_it_compares() -> None:
    assert body(fought(1))["name"] == "fixed vs cascade"


def test_only_what_never_went_is_packed_and_steps_go_on_above_it() -> None:
    old = [*fought(1, sent_at=NOON), *fought(2, sent_at=NOON)]
    parcel = pack(material([*old, *fought(3)], [vote(1, "A", winner="A", sent_at=NOON)]), WINDOW)
    assert parcel is not None
    assert (parcel.battles, parcel.runs, parcel.votes) == (("b3",), ("r3A", "r3B"), ())
    assert parcel.body["resumed"]
    assert parcel.body["first_step"] == 5
    assert [s["row"]["battle"] for s in parcel.body["steps"]] == [3]
    assert parcel.body["steps"][0]["row"]["cost_usd/cascade"] == 1.5
    assert parcel.body["summary"]["battles"] == 3
    assert [r["run_id"] for r in answers(parcel.body)] == ["r3A", "r3B"]


def test_nothing_new_is_no_parcel() -> None:
    everything = material(fought(1, sent_at=NOON), [vote(1, "A", winner="A", sent_at=NOON)])
    assert pack(everything, WINDOW) is None


def test_a_vote_after_its_battle_went_goes_alone() -> None:
    parcel = pack(material(fought(1, sent_at=NOON), [vote(1, "A", winner="A", tags=["clear"])]), WINDOW)
    assert parcel is not None
    assert (parcel.battles, parcel.runs, parcel.votes) == ((), (), ("v1",))
    [step] = parcel.body["steps"]
    assert step["row"] == {}
    [row] = step["tables"]["late_votes"]["data"]
    assert dict(zip(mirror.LATE_VOTES, row, strict=True))["winners"] == "fixed"
    assert parcel.body["summary"]["fixed/wins"] == 1


def test_a_battle_that_opened_late_is_numbered_after_those_that_went() -> None:
    packed = body([*fought(1), *fought(2, sent_at=NOON + timedelta(hours=2))])
    assert [s["row"]["battle"] for s in packed["steps"]] == [2]


def test_a_battle_still_being_answered_waits_an_hour() -> None:
    half = material([run(1, "A", "k1")])
    assert pack(half, Window(NOON + timedelta(minutes=30))) is None
    assert pack(half, Window(NOON + timedelta(hours=2))) is not None


def test_the_window_chooses_battles_and_keeps_what_went_in_the_summary() -> None:
    runs = [*fought(1, sent_at=NOON), *fought(2), *fought(3)]
    parcel = pack(material(runs), Window(WINDOW.now, NOON + timedelta(minutes=2), NOON + timedelta(minutes=3)))
    assert parcel is not None
    assert parcel.battles == ("b2",)
    assert parcel.body["summary"]["battles"] == 2


def test_long_tables_are_cut_and_no_step_is_used_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "TABLE_ROWS", 2)
    packed = body([r for n in range(1, 4) for r in fought(n)])
    assert [len(s["tables"]["answers"]["data"]) for s in packed["steps"]] == [2, 2, 2]
    assert len(packed["steps"]) <= 6


def test_config_holds_specs_and_setup_by_the_names_in_the_plots() -> None:
    config = body(fought(1))["config"]
    assert config["setup"] == {"blind": True}
    assert config["strategies"]["cascade"]["prices"] == {"m": [1.0, 2.0]}
    assert config["experiment"]["seed"] == 7


def test_a_body_is_json() -> None:
    packed = body(fought(1, scores={"m": 0.5}), [vote(1, "A", winner="A", tags=["clear", "safe"], comment="<b>")])
    assert json.loads(json.dumps(packed)) == packed
    first = answers(packed)[0]
    assert (first["vote"], first["tags"], first["scores"]) == ("won", "clear, safe", '{"m": 0.5}')
    assert first["comment"] == "<b>"
