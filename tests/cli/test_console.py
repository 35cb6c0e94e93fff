"""Data on stdout, notes on stderr, nothing that a terminal would obey."""

import io
import json
from datetime import UTC, datetime

from workbench.cli.console import Console


def console(as_json: bool = False) -> tuple[Console, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Console(as_json, out, err), out, err


def test_terminal_controls_in_an_answer_are_made_harmless() -> None:
    c, out, err = console()
    c.say("a\x1b[2Jb\x9bc\x07\rd\te\n")
    c.note("\x1b]0;title\x07")
    assert "\x1b" not in out.getvalue() + err.getvalue()
    assert out.getvalue() == "a�[2Jb�c�d\te\n\n"


def test_right_to_left_and_emoji_pass_unharmed() -> None:
    c, out, _ = console()
    c.say("שלום 🦜 é")
    assert out.getvalue() == "שלום 🦜 é\n"


def test_json_mode_prints_one_document_and_no_lines() -> None:
    c, out, err = console(as_json=True)
    c.say("for people")
    c.table([{"a": 1}])
    c.note("on the side")
    c.document([{"at": datetime(2026, 1, 2, tzinfo=UTC), "tags": frozenset({"b", "a"})}])
    assert json.loads(out.getvalue()) == [{"at": "2026-01-02T00:00:00+00:00", "tags": ["a", "b"]}]
    assert err.getvalue() == "on the side\n"


def test_lines_mode_prints_no_document() -> None:
    c, out, _ = console()
    c.document({"a": 1})
    assert out.getvalue() == ""


def test_table_lines_its_columns_up_with_numbers_to_the_right() -> None:
    c, out, _ = console()
    c.table([{"model": "tiny", "runs": 5}, {"model": "grande", "runs": 120}])
    assert out.getvalue() == "model   runs\ntiny       5\ngrande   120\n"


def test_table_cell_is_one_short_line() -> None:
    c, out, _ = console()
    c.table([{"text": "two\nlines " + "x" * 100, "nothing": None, "yes": True}])
    body = out.getvalue().splitlines()
    assert len(body) == 2
    assert body[1].startswith("two lines xxx")
    assert body[1].endswith("…  -        yes")
