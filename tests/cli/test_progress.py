"""A bar that is redrawn at a terminal and stays quiet in a log."""

import io

from workbench.cli.progress import Bar, line
from workbench.weights import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def report(done: int) -> Progress:
    return Progress("tiny", done * 1_000_000, 100_000_000, 2_000_000.0)


def test_line_says_share_size_pace_and_time_left() -> None:
    assert line(report(25)) == "tiny  [#######.....................]  25%  25 of 100 MB  2.0 MB/s  0:37 left"


def test_unknown_pace_does_not_divide_by_zero() -> None:
    assert "0:00 left" in line(Progress("tiny", 0, 0, 0.0))


def test_log_gets_a_line_every_ten_per_cent() -> None:
    out = io.StringIO()
    bar = Bar(out)
    for done in range(101):
        bar(report(done))
    assert len(out.getvalue().splitlines()) == 11
    assert "\r" not in out.getvalue()


def test_terminal_gets_one_line_redrawn_and_ended() -> None:
    out = Terminal()
    bar = Bar(out)
    for done in (0, 50, 100):
        bar(report(done))
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().endswith("\n")
