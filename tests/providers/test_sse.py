from __future__ import annotations

import pytest

from workbench.providers._sse import LONGEST, Events


def test_an_event_is_complete_at_its_blank_line() -> None:
    events = Events()
    assert events.feed(b"event: x\ndata: one\n") == []
    assert events.feed(b"\ndata:two\n\nda") == [b"one", b"two"]
    assert events.feed(b"ta: three\r\n\r\n") == [b"three"]


def test_data_lines_of_one_event_are_joined() -> None:
    assert Events().feed(b'data: {"a":\ndata: 1}\n\n') == [b'{"a":\n1}']


def test_the_last_event_may_lack_its_blank_line() -> None:
    events = Events()
    assert events.feed(b"data: [DONE]") == []
    assert events.end() == [b"[DONE]"]
    assert events.end() == []


def test_comments_show_a_stream_but_are_no_events() -> None:
    events = Events()
    assert not events.seen
    assert events.feed(b": ping\n\n") == []
    assert events.seen


def test_an_event_without_end_is_refused() -> None:
    events = Events()
    with pytest.raises(ValueError, match="16 MB"):
        events.feed(b"x" * (LONGEST + 1))
