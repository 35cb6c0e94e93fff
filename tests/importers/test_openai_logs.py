"""OpenAI's batches and chat logs: calls that were made, with their costs as far as they are told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.importers.reading import SAMPLES, picked, read
from workbench.errors import BadInput


def test_a_batch_is_joined_with_its_requests() -> None:
    rows, _ = read("openai_logs", SAMPLES / "batch.jsonl")
    assert picked(rows[:2], "prompt", "model", "response", "quality", "prompt_tokens", "finish") == [
        ("Capital of France?", "gpt-4o-mini-2024-07-18", "Paris.", None, 9, "stop"),
        ("Two and two?", "gpt-4o-mini-2024-07-18", "Four.", None, 9, "stop"),
    ]
    assert json.loads(rows[0]["context"]) == [{"role": "system", "content": "Be brief."}]
    assert rows[1]["confidence"] == pytest.approx(-0.2)


def test_a_refused_request_is_a_failed_outcome() -> None:
    rows, _ = read("openai_logs", SAMPLES / "batch.jsonl")
    assert picked(rows[2:3], "prompt", "model", "quality", "error", "response") == [
        ("Long.", "gpt-4o-mini", 0.0, "rate_limited: Slow down.", None)
    ]


def test_the_same_messages_to_several_models_are_one_query() -> None:
    """A {request, response} pair and a chat log; what a log says of the cost is taken."""
    rows, _ = read("openai_logs", SAMPLES / "batch.jsonl")
    pair, chat = rows[3:]
    assert pair["query_id"] == chat["query_id"]
    assert picked([pair, chat], "model", "response", "cost_usd", "cost_basis") == [
        ("meta/llama", "Oslo", 0.0002, "recorded"),
        ("mine", "Bern", 0.0, "not stated"),
    ]


def test_what_is_skipped_is_told() -> None:
    _, report = read("openai_logs", SAMPLES / "batch.jsonl")
    assert (report.rows, report.read, report.kept) == (10, 10, 5)
    assert report.skipped.places == {
        "the batch ended before this was asked": ["line 4"],
        "its request is not in NAME.input.jsonl beside NAME.jsonl": ["line 5"],
        "no model": ["line 8"],
        "the messages do not end in the assistant's": ["line 9"],
        "a second outcome of the same model for the same query": ["line 10, gpt-4o-mini-2024-07-18"],
    }


def test_a_folder_holds_a_batch_for_each_model(tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copy(SAMPLES / "batch.input.jsonl", tmp_path / f"{name}.input.jsonl")
        lines = (SAMPLES / "batch.jsonl").read_text(encoding="utf-8").splitlines()[:2]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(lines).replace("gpt-4o-mini-2024", name), encoding="utf-8")
    rows, report = read("openai_logs", tmp_path)
    assert picked(rows, "model", "prompt") == [
        ("one-07-18", "Capital of France?"),
        ("one-07-18", "Two and two?"),
        ("two-07-18", "Capital of France?"),
        ("two-07-18", "Two and two?"),
    ]
    assert len({row["query_id"] for row in rows}) == 2
    assert report.skipped.total == 0


def test_requests_that_are_none_are_refused(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "batch.jsonl", tmp_path)
    (tmp_path / "batch.input.jsonl").write_text("{}\nnot json\n", encoding="utf-8")
    with pytest.raises(BadInput, match="holds no batch requests"):
        read("openai_logs", tmp_path / "batch.jsonl")
