"""From an experiment's rows to what is mirrored of it: one parcel a sync, holding only what no parcel held before.

Pure: no store, no clock, no W&B. A parcel carries config (strategies, setup), summary (over everything mirrored so
far), history (one row a new battle, cumulative) and tables (one row a new run, one row a vote that came after its
battle had gone). All parts of a table of a run that grew: `runs.history.concat["answers"]` in W&B.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from workbench.metrics.proportion import wilson

Row = Mapping[str, Any]
TABLE_ROWS = 10_000
"""W&B shows no more rows of one table: longer ones are cut into parts."""
PATIENCE = timedelta(hours=1)
"""A battle with an unanswered column is held back this long; then the column is taken to have died with its process."""
ANSWERS = (
    "battle", "turn", "prompt", "category", "letter", "strategy", "model", "label", "why", "propensity", "scores",
    "text", "tokens_in", "tokens_out", "cost_usd", "nominal", "latency_s", "ttft_s", "error", "vote", "tags", "comment",
    "run_id", "created_at",
)  # fmt: skip
LATE_VOTES = ("battle", "vote", "winners", "losers", "tags", "comment", "created_at")


@dataclass(frozen=True, slots=True)
class Material:
    """All that is stored and unsealed of one experiment. Rows carry `sent_at`, None where they were never mirrored."""

    experiment: Row
    specs: Sequence[Row]
    """In the experiment's order."""
    runs: Sequence[Row]
    """Text, prompt and why are present where `sent_at` is None. A run outside any battle is a battle of its own."""
    votes: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Window:
    """Which battles are wanted: begun at or after `since` and before `until`."""

    now: datetime
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, begun: datetime) -> bool:
        return (self.since is None or begun >= self.since) and (self.until is None or begun < self.until)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent once. `body` is JSON; the rest says what the store must remember."""

    body: dict[str, Any]
    battles: tuple[str, ...]
    runs: tuple[str, ...]
    votes: tuple[str, ...]
    mark: str = ""
    """How far a live experiment has gone."""
    cases: int = 0
    """Cases of a live experiment."""


@dataclass(frozen=True, slots=True)
class Battle:
    id: str
    begun: datetime
    runs: tuple[Row, ...]
    vote: Row | None

    @property
    def sent_at(self) -> datetime | None:
        return min((r["sent_at"] for r in self.runs if r["sent_at"]), default=None)

    @property
    def answered(self) -> bool:
        wanted: int = self.runs[0]["columns"]
        return len({r["letter"] for r in self.runs}) >= wanted

    @property
    def latest(self) -> dict[str, Row]:
        """The run that stands in each column: a retry replaces what it retried."""
        return {r["letter"]: r for r in sorted(self.runs, key=lambda r: (r["created_at"], r["run_id"]))}


@dataclass(slots=True)
class Tally:
    """What one strategy did in the battles added so far."""

    runs: int = 0
    errors: int = 0
    wins: int = 0
    losses: int = 0
    ties: int = 0
    both_bad: int = 0
    agreements: int = 0
    cost_usd: float = 0.0
    nominal: bool = False
    latencies: list[float] = field(default_factory=list)

    def add(self, run: Row) -> None:
        self.runs += 1
        self.errors += bool(run["error"])
        self.cost_usd += run["cost_usd"] or 0.0
        self.nominal |= bool(run["nominal"])
        if run["latency_s"] is not None and not run["error"]:
            self.latencies.append(run["latency_s"])

    def judge(self, verdict: str) -> None:
        self.wins += verdict == "won"
        self.losses += verdict == "lost"
        self.ties += verdict == "tie"
        self.both_bad += verdict in ("both_bad", "all_bad")
        self.agreements += verdict == "agreement"

    @property
    def decided(self) -> int:
        return self.wins + self.losses

    def summary(self) -> dict[str, Any]:
        """Win rate: wins among the votes that chose a side; ties and both-bad are counted apart."""
        low, high = wilson(self.wins, self.decided)
        return {
            "runs": self.runs,
            "wins": self.wins,
            "losses": self.losses,
            "ties": self.ties,
            "both_bad": self.both_bad,
            "agreements": self.agreements,
            "win_rate": self.wins / self.decided if self.decided else None,
            "win_rate_low": low,
            "win_rate_high": high,
            "error_rate": self.errors / self.runs if self.runs else None,
            "cost_usd_total": self.cost_usd,
            "cost_usd_mean": self.cost_usd / self.runs if self.runs else None,
            "cost_is_nominal": self.nominal,
            "latency_s_median": median(self.latencies) if self.latencies else None,
        }


def pack(material: Material, window: Window) -> Parcel | None:
    """The next parcel of an experiment; None when everything wanted was mirrored before."""
    chosen = [b for b in battles(material) if b.sent_at or (window.holds(b.begun) and _settled(b, window.now))]
    runs = [r for b in chosen for r in b.runs if r["sent_at"] is None]
    votes = [b.vote for b in chosen if b.vote and b.vote["sent_at"] is None]
    if not runs and not votes:
        return None
    return Parcel(
        body=_body(material, chosen),
        battles=tuple(b.id for b in chosen if not b.sent_at),
        runs=tuple(r["run_id"] for r in runs),
        votes=tuple(v["id"] for v in votes),
    )


def battles(material: Material) -> list[Battle]:
    """In the order of mirroring: those sent as they were sent, then the new ones as they were fought."""
    votes = {v["battle_id"]: v for v in material.votes}
    runs: dict[str, list[Row]] = {}
    for run in material.runs:
        runs.setdefault(run["battle_id"], []).append(run)
    found = [Battle(key, rows[0]["begun"], tuple(rows), votes.get(key)) for key, rows in runs.items()]
    return sorted(found, key=lambda b: (b.sent_at is None, b.sent_at or b.begun, b.begun, b.id))


def names(material: Material) -> dict[str, str]:
    """What each Spec is called in plots: its strategy's name, numbered from the second one of that name on.

    A Spec keeps its name when the experiment grows.
    """
    given: dict[str, str] = {}
    used: dict[str, int] = {}
    known = [(s["key"], s["strategy"]) for s in material.specs]
    seen = sorted(material.runs, key=lambda r: (r["sent_at"] is None, r["sent_at"] or r["created_at"], r["run_id"]))
    for key, strategy in [*known, *((r["spec_key"], r["strategy"]) for r in seen)]:
        if key not in given:
            used[strategy] = count = used.get(strategy, 0) + 1
            given[key] = strategy if count == 1 else f"{strategy}-{count}"
    return given


def title(material: Material) -> str:
    """What people call the experiment: its name, or what it compares."""
    given = names(material)
    return (
        material.experiment["name"] or " vs ".join(given[s["key"]] for s in material.specs) or material.experiment["id"]
    )


def verdict(vote: Row | None, run: Row, standing: Iterable[Row]) -> str:
    """What the vote says of this run: won, lost, tie, both_bad, all_bad, agreement, skip, or nothing."""
    if vote is None:
        return ""
    if run["run_id"] in vote["winners"] and vote["choice"] not in _UNDECIDED:
        return "won"
    if run["run_id"] in vote["losers"] and vote["choice"] not in _UNDECIDED:
        return "lost"
    if not any(run["run_id"] == r["run_id"] for r in standing):
        return ""
    if vote["kind"] != "vote":
        return str(vote["kind"])
    return str(vote["choice"]) if vote["choice"] in _UNDECIDED else ""


_UNDECIDED = ("tie", "both_bad", "all_bad")


def _settled(battle: Battle, now: datetime) -> bool:
    return battle.answered or now - battle.begun > PATIENCE


def _body(material: Material, chosen: Sequence[Battle]) -> dict[str, Any]:
    label, experiment = names(material), material.experiment
    history, tallies = _history(chosen, label)
    return {
        "id": experiment["id"],
        "name": title(material),
        "notes": experiment["note"],
        "tags": [experiment["kind"]],
        "resumed": any(b.sent_at for b in chosen),
        "first_step": sum(r["sent_at"] is not None for r in [*material.runs, *material.votes]),
        "config": _config(material, label),
        "plots": {"battle": [f"{kind}/{name}" for kind in ("cost_usd", "win_rate") for name in tallies]},
        "steps": _steps(history, _tables(chosen, label)),
        "summary": _summary(chosen, tallies),
    }


def _config(material: Material, label: Mapping[str, str]) -> dict[str, Any]:
    e = material.experiment
    strategies = {
        label[s["key"]]: {k: s[k] for k in ("key", "strategy", "params", "pool", "prices")} for s in material.specs
    }
    about = {"id": e["id"], "kind": e["kind"], "note": e["note"], "seed": e["seed"]}
    return {"experiment": about, "setup": e["settings"], "strategies": strategies}


def _history(chosen: Sequence[Battle], label: Mapping[str, str]) -> tuple[list[dict[str, Any]], dict[str, Tally]]:
    """Cumulative rows of the new battles, and each strategy's tally after all of them."""
    tallies: dict[str, Tally] = {}
    rows: list[dict[str, Any]] = []
    for number, battle in enumerate(chosen, 1):
        latest = battle.latest.values()
        for run in battle.runs:
            tally = tallies.setdefault(label[run["spec_key"]], Tally())
            tally.add(run)
            tally.judge(verdict(battle.vote, run, latest))
        if not battle.sent_at:
            rows.append({"battle": number, **_cumulative(tallies)})
    return rows, tallies


def _cumulative(tallies: Mapping[str, Tally]) -> dict[str, float]:
    costs = {f"cost_usd/{name}": t.cost_usd for name, t in tallies.items()}
    return costs | {f"win_rate/{name}": t.wins / t.decided for name, t in tallies.items() if t.decided}


def _summary(chosen: Sequence[Battle], tallies: Mapping[str, Tally]) -> dict[str, Any]:
    counts = {
        "battles": len(chosen),
        "runs": sum(len(b.runs) for b in chosen),
        "votes": sum(b.vote is not None and b.vote["kind"] == "vote" for b in chosen),
    }
    each = {f"{name}/{key}": value for name, t in tallies.items() for key, value in t.summary().items()}
    return counts | {key: value for key, value in each.items() if value is not None}


def _steps(history: Sequence[Row], tables: Mapping[str, list[Row]]) -> list[dict[str, Any]]:
    """One a logged step, tables on the last ones. Never more of them than runs and votes in the parcel: steps are
    numbered by what went before, so the next parcel begins above this one."""
    count = max(len(history), *(len(parts) for parts in tables.values()))
    steps: list[dict[str, Any]] = [
        {"row": dict(history[i]) if i < len(history) else {}, "tables": {}} for i in range(count)
    ]
    for key, parts in tables.items():
        for step, part in zip(steps[count - len(parts) :], parts, strict=True):
            step["tables"][key] = part
    return steps


def _tables(chosen: Sequence[Battle], label: Mapping[str, str]) -> dict[str, list[Row]]:
    answers = [_answer(b, r, label) for b in chosen for r in b.runs if r["sent_at"] is None]
    late = [_late(b, b.vote, label) for b in chosen if b.sent_at and b.vote and b.vote["sent_at"] is None]
    return {"answers": _parts(ANSWERS, answers), "late_votes": _parts(LATE_VOTES, late)}


def _parts(columns: Sequence[str], rows: Sequence[Row]) -> list[Row]:
    data = [[row[c] for c in columns] for row in rows]
    return [{"columns": list(columns), "data": data[at : at + TABLE_ROWS]} for at in range(0, len(data), TABLE_ROWS)]


def _answer(battle: Battle, run: Row, label: Mapping[str, str]) -> Row:
    said = battle.vote or {"tags": (), "comment": ""}
    return {
        **run,
        "battle": battle.id,
        "strategy": label[run["spec_key"]],
        "scores": json.dumps(run["scores"], sort_keys=True) if run["scores"] else None,
        "vote": verdict(battle.vote, run, battle.latest.values()),
        "tags": ", ".join(said["tags"]),
        "comment": said["comment"],
        "created_at": run["created_at"].isoformat(),
    }


def _late(battle: Battle, vote: Row, label: Mapping[str, str]) -> Row:
    called = {r["run_id"]: label[r["spec_key"]] for r in battle.runs}
    return {
        "battle": battle.id,
        "vote": vote["choice"] or vote["kind"],
        "winners": ", ".join(called[i] for i in vote["winners"] if i in called),
        "losers": ", ".join(called[i] for i in vote["losers"] if i in called),
        "tags": ", ".join(vote["tags"]),
        "comment": vote["comment"],
        "created_at": vote["created_at"].isoformat(),
    }
