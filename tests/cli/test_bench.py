"""`workbench bench` as users run it: the figures that take seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import document, run
from tests.judging import judged, outcomes, router
from workbench.bench import replay, strategies
from workbench.services.replay_report import document as report


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real measurement, of fewer prompts."""
    whole = replay.measure
    monkeypatch.setattr(replay, "measure", lambda: whole(prompts=2000, rounds=1))


def test_one_figure_stands_at_the_top_of_its_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    found = document(tmp_path, "bench", "replay")
    assert found["ratio_numpy"] == found["replay"]["ratio_numpy"] > 0
    assert found["same_choices"] is True


def test_figures_for_people_are_lines_with_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    done = run(tmp_path, "bench", "replay")
    assert done.returncode == 0, done.stderr
    assert "ratio_numpy" in done.stdout


def test_the_table_of_strategies_comes_as_text_and_as_markdown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = outcomes()
    made: dict[str, Any] = report(judged(router(data, (0.0, 0.5, 1.0), "mine"), data=data))
    made |= {"left_out": {"best_of": "calls of 200 of 200 prompts are not recorded"}}
    made |= {"decisions": {"known_us": {"mine": 40.0}, "embed_ms": 1.5}}
    monkeypatch.setattr(strategies, "measure", lambda environ: made)
    text, table = run(tmp_path, "bench", "strategies"), run(tmp_path, "bench", "strategies", "--markdown")
    assert "(zero router curve)" in text.stdout
    assert "best_of is left out: calls of 200" in text.stdout
    assert table.stdout == strategies.markdown(made)


@pytest.mark.parametrize("args", [("replay", "--markdown"), ("--markdown", "--json"), ("nothing",)])
def test_what_there_is_not_is_told(tmp_path: Path, args: tuple[str, ...]) -> None:
    done = run(tmp_path, "bench", *args)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
