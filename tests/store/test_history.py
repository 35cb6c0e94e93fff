import asyncio
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import BadInput
from workbench.events import Attempt
from workbench.store import Store, open_store
from workbench.store.history import Filter, page
from workbench.store.runs import Origin, load, run_rows
from workbench.types import CUT, Answer, Call, Reply, Usage

from .battles import ballot, comparison
from .rows import SPEC, later, prompt, run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_store(tmp_path_factory.mktemp("history")) as opened:
        rows = [*comparison("open", blind=False), *comparison("sealed"), *comparison("voted", at=24), ballot("voted-0")]
        for n in range(7):
            asked = prompt(f"Question {n}: 100% über 'quotes'", "math")
            rows += run_rows(f"q{n}", run(f"answer {n}", "small", asked), SPEC, asked, Origin("ask"), later(48))
        asyncio.run(opened.append(rows))
        yield opened


def found(store: Store, before: str = "", **wanted: str) -> dict[str, Any]:
    return asyncio.run(page(store, Filter.parse(wanted), before))


def ids(store: Store, **wanted: str) -> list[str]:
    return [row["id"] for row in found(store, "", **wanted)["runs"]]


def test_runs_come_newest_first_and_sealed_ones_not_at_all(store: Store) -> None:
    asked = [f"q{n}" for n in reversed(range(7))]
    assert ids(store) == [*asked, "voted-0-B", "voted-0-A", "open-0-B", "open-0-A"]


def test_a_sealed_run_cannot_be_opened_by_its_id_until_the_vote(store: Store, tmp_path: Path) -> None:
    assert asyncio.run(load(store, ["sealed-0-A"])) == []
    with open_store(tmp_path) as own:
        asyncio.run(own.append(comparison("c", turns=("one", "two"))))
        assert ids(own) == []
        asyncio.run(own.append([ballot("c-0", "", "skip")]))
        assert ids(own) == ["c-1-B", "c-1-A", "c-0-B", "c-0-A"]


def test_a_blind_run_whose_battle_is_not_known_yet_stays_out(tmp_path: Path) -> None:
    with open_store(tmp_path) as own:
        rows = run_rows("r", run(), SPEC, prompt(), Origin("compare", "missing", "e", "A"), later(0))
        asyncio.run(own.append(rows))
        assert ids(own) == []


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"strategy": "cascade"}, 2),
        ({"model": "large"}, 2),
        ({"category": "math"}, 7),
        ({"label": "simple"}, 11),
        ({"label": "complex"}, 0),
        ({"text": "QUESTION 3"}, 1),
        ({"text": "ÜBER"}, 7),
        ({"text": "hello from b"}, 2),
        ({"text": "100%"}, 7),
        ({"text": "0_%"}, 0),
        ({"text": "' or '1'='1"}, 0),
        ({"strategy": "fixed'; drop table runs; --"}, 0),
        ({"since": "2026-11-21"}, 9),
        ({"until": "2026-11-20"}, 2),
        ({"since": "2026-11-21", "until": "2026-11-21"}, 2),
        ({"strategy": "cascade", "since": "2026-11-21"}, 1),
        ({"unknown": "x"}, 11),
    ],
)
def test_filters_narrow(store: Store, wanted: dict[str, str], count: int) -> None:
    assert len(ids(store, **wanted)) == found(store, "", **wanted)["total"] == count


def test_pages_follow_each_other_without_gap_or_overlap_within_one_moment(store: Store) -> None:
    seen: list[str] = []
    before = ""
    while True:
        part = asyncio.run(page(store, Filter(), before, 3))
        seen += [row["id"] for row in part["runs"]]
        if not (before := part["next"] or ""):
            break
    assert seen == ids(store)
    assert found(store, "no such run")["runs"] == []


def test_facets_name_what_can_be_chosen(store: Store) -> None:
    assert found(store)["facets"] == {
        "strategy": ["cascade", "fixed"],
        "model": ["large", "small"],
        "category": ["chat", "math"],
        "label": ["simple"],
    }


def test_a_row_says_how_the_vote_went(store: Store) -> None:
    votes = {row["id"]: row["vote"] for row in found(store)["runs"]}
    assert (votes["voted-0-A"], votes["voted-0-B"], votes["open-0-A"]) == ("won", "lost", "")


def test_an_answer_that_nobody_voted_on_neither_won_nor_lost(tmp_path: Path) -> None:
    with open_store(tmp_path) as own:
        retried = run_rows("retried", run(), SPEC, prompt(), Origin("compare", "c-0", "e", "B"), later(8))
        after = run_rows("after", run(), SPEC, prompt(), Origin("compare", "c-0", "e", "B"), later(20))
        asyncio.run(own.append([*comparison("c"), *retried, *after, ballot("c-0")]))
        votes = {row["id"]: row["vote"] for row in found(own)["runs"]}
        assert votes == {"c-0-A": "won", "c-0-B": "lost", "retried": "", "after": ""}


def test_an_empty_store_has_an_empty_page(tmp_path: Path) -> None:
    with open_store(tmp_path) as own:
        empty: dict[str, list[str]] = {"strategy": [], "model": [], "category": [], "label": []}
        assert found(own) == {"runs": [], "next": None, "total": 0, "facets": empty}


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "9999-12-31T00", "0"])
def test_a_day_that_is_none_is_refused(day: str) -> None:
    with pytest.raises(BadInput, match="since must be a day"):
        Filter.parse({"since": day})


def test_the_last_day_there_is_can_be_asked_for(store: Store) -> None:
    assert found(store, until="9999-12-31")["total"] == 11


def test_an_answer_that_broke_off_is_marked_as_one_that_came_whole_is_not(tmp_path: Path) -> None:
    asked = prompt()
    call = Call("small", asked.messages)
    half = Reply("hal", Usage(4, 1, estimated=True), 0.002, 2.5, 0.25, finish=CUT)
    broke = Attempt(0, call, 0.0, 2.5, "hal", None, "the connection was lost", "connection", 0.002, 0.25)
    full = Reply("half", Usage(4, 2), 0.002, 2.0, 0.25)
    again = Attempt(1, call, 3.0, 5.0, "half", full)
    made = {
        "cut": run(attempts=[broke], answer=Answer(half, "small")),
        "retried": run(attempts=[broke, again], answer=Answer(full, "small")),
        "failed": run(attempts=[broke], answer=None, error="it broke"),
        "whole": run(),
    }
    with open_store(tmp_path) as own:
        rows = [row for id, one in made.items() for row in run_rows(id, one, SPEC, asked, Origin("ask"), later(0))]
        asyncio.run(own.append(rows))
        marked = {row["id"]: row["cut"] for row in found(own)["runs"]}
        assert marked == {stored.row["id"]: stored.run.cut for stored in asyncio.run(load(own, list(made)))}
    assert marked == {"cut": True, "retried": False, "failed": False, "whole": False}
