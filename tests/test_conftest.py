"""The guard of `conftest.py` itself."""

from __future__ import annotations

import asyncio
import socket

import pytest

ELSEWHERE = ("192.0.2.1", 9)  # TEST-NET-1: nobody is there, were the guard to fail


def test_a_connection_to_another_machine_fails_the_test() -> None:
    with socket.socket() as s, pytest.raises(pytest.fail.Exception, match=r"192\.0\.2\.1"):
        s.connect(ELSEWHERE)


def test_asyncio_connections_are_guarded_too() -> None:
    with pytest.raises(pytest.fail.Exception):
        asyncio.run(asyncio.wait_for(asyncio.open_connection(*ELSEWHERE), 1))


def test_datagrams_are_guarded_too() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as s, pytest.raises(pytest.fail.Exception):
        s.sendto(b"", ELSEWHERE)


def test_loopback_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
