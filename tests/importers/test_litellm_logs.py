"""LiteLLM's spend logs: what was asked, answered, paid and waited for."""

from __future__ import annotations

import json

import pytest

from tests.importers.reading import SAMPLES, picked, read


def test_a_request_is_an_outcome_that_nobody_graded() -> None:
    """What was asked is in proxy_server_request, or in messages of older versions."""
    rows, _ = read("litellm_logs", SAMPLES / "litellm_logs.jsonl")
    assert picked(rows[:2], "prompt", "model", "response", "quality", "cost_usd", "latency_ms", "ttft_ms") == [
        ("Say hi to c-1", "gpt-4o-mini", "Hi there", None, 0.00042, pytest.approx(1500), pytest.approx(250)),
        ("Old version", "gpt-4o-mini", "Kept as JSON", None, 0.00042, pytest.approx(2000), None),
    ]
    assert json.loads(rows[1]["context"]) == [{"role": "system", "content": "Be brief."}]


def test_a_failure_is_an_outcome_with_its_reason() -> None:
    rows, _ = read("litellm_logs", SAMPLES / "litellm_logs.jsonl")
    assert picked(rows[2:3], "prompt", "quality", "error") == [
        ("Say hi to c-3", 0.0, "rate_limited: Too many requests")
    ]


def test_keys_and_users_are_not_taken() -> None:
    rows, _ = read("litellm_logs", SAMPLES / "litellm_logs.jsonl")
    assert "88dc28d0" not in json.dumps(rows)


def test_what_is_skipped_or_changed_is_told() -> None:
    _, report = read("litellm_logs", SAMPLES / "litellm_logs.jsonl")
    assert (report.rows, report.read, report.kept) == (10, 10, 4)
    assert report.skipped.places == {
        "answered from the proxy's cache": ["line 4"],
        "no request that ends in a user's message": ["line 5"],
        "no answer and no error": ["line 6"],
        "cost is no number of 0 or more": ["line 7, gpt-4o-mini"],
        "the row has no spend, startTime, endTime": ["line 9"],
        "a second outcome of the same model for the same query": ["line 10, gpt-4o-mini"],
    }
    assert report.mended.places == {"prompt_tokens is no number and was left empty": ["line 8, gpt-4o-mini"]}
