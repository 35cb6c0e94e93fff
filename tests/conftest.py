"""No test leaves this machine by accident: a connection to any other address fails the test that made it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("shared machine", deadline=None)  # what an example takes says nothing where others work too
settings.load_profile("shared machine")


def _is_loopback(address: Any) -> bool:
    """A path is a Unix socket; a pair is a host, by number or name, and a port."""
    if not isinstance(address, tuple):
        return True
    try:
        return ip_address(address[0].split("%")[0]).is_loopback
    except ValueError:
        return address[0] in ("localhost", "")


@pytest.fixture(autouse=True)
def loopback_only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tests marked `network` may go out; all others stay on loopback."""
    if request.node.get_closest_marker("network"):
        yield
        return
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    yield


def _guarded(method: Any) -> Any:
    def guarded(self: socket.socket, *args: Any) -> Any:
        if not _is_loopback(args[-1]):
            pytest.fail(f"this test tried to reach {args[-1]!r}: mark it `network` or serve it on loopback")
        return method(self, *args)

    return guarded
