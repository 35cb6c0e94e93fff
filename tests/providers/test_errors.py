from __future__ import annotations

import time

import pytest

from workbench.errors import CallError, RateLimited, ServerFailed
from workbench.providers import _errors


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:10 GMT"}, 10.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:27:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "Mon, 1 Jan 2030 00:00:00 +9999999999"}, None),
        ({"retry-after": "Mon, 01 Jan 0001 00:00:00 -0000"}, 0.0),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_milliseconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert _errors.retry_after_s(headers, now=1445412480.0) == seconds


def test_a_date_without_a_zone_is_of_greenwich(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert _errors.retry_after_s({"retry-after": "Wed Oct 21 07:28:10 2015"}, now=1445412480.0) == 10.0
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("status", "wait"), [(429, 30.0), (500, 30.0), (503, 30.0), (529, 30.0), (504, 30.0), (400, None)]
)
def test_whoever_cannot_answer_now_says_when_to_ask_again(status: int, wait: float | None) -> None:
    assert _errors.of_status("m", status, b"{}", {"retry-after": "30"}).retry_after_s == wait
    assert _errors.of_status("m", status, b"{}").retry_after_s is None


@pytest.mark.parametrize(
    "said",
    [
        "Bearer abcdef123 was refused",
        "GET https://host/v1?key=abcdef123&alt=sse",
        "Incorrect API key provided: sk-proj-abcdef123",
        "token hf_abcdef123 is not valid",
        "x-api-key: abcdef123",
        "the key abcdef123 is unknown",
    ],
)
def test_keys_are_struck_out_whether_known_or_only_shaped_like_one(said: str) -> None:
    assert "abcdef123" not in _errors.quote(said, key="abcdef123")
    assert said.startswith("the key") or "abcdef123" not in _errors.quote(said)


def test_a_long_message_is_cut_after_its_key_is_struck_out() -> None:
    quoted = _errors.quote("x" * 290 + " sk-abcdefghijklmnop", key="sk-abcdefghijklmnop")
    assert len(quoted) <= _errors.QUOTED
    assert "sk-" not in quoted


def test_recorded_failures_come_back_as_the_errors_they_were() -> None:
    assert isinstance(_errors.of_record("rate_limited: too many"), RateLimited)
    assert str(_errors.of_record("server: down: for good")) == "down: for good"
    assert isinstance(_errors.of_record("server: down"), ServerFailed)
    assert type(_errors.of_record("something: else")) is CallError
    assert str(_errors.of_record("it broke")) == "it broke"
