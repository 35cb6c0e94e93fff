"""Loopback messages between processes of one user: both sides prove that they know the token, then JSON in frames.

The proof is multiprocessing's HMAC challenge in both directions; nothing is ever pickled. Sockets have time limits on
every read and write, so that nobody who connects and stays silent holds a thread for long.
"""

from __future__ import annotations

import socket
import struct
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from typing import Any

import orjson

LOOPBACK = "127.0.0.1"
MAX_MESSAGE = 64 << 20


class Wire:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, message: bytes) -> None:
        """JSON."""
        self._connection.send_bytes(message)

    def receive(self) -> Any:
        """Raises EOFError when the other side is gone, OSError when it is silent, ValueError for what is no JSON."""
        return orjson.loads(self._connection.recv_bytes(MAX_MESSAGE))

    def close(self) -> None:
        self._connection.close()


def listen() -> socket.socket:
    """On a free port of the loopback interface only."""
    return socket.create_server((LOOPBACK, 0), backlog=64)


def accept(peer: socket.socket, token: bytes, patience_s: float) -> Wire:
    """The owner's side of the handshake. Raises OSError or EOFError; a wrong token is a PermissionError."""
    connection = _connection(peer, patience_s)
    return _proven(connection, token, deliver_challenge, answer_challenge)


def connect(port: int, token: bytes, patience_s: float) -> Wire:
    """The other side. Raises OSError or EOFError; a stranger on that port is a PermissionError."""
    connection = _connection(socket.create_connection((LOOPBACK, port), timeout=patience_s), patience_s)
    return _proven(connection, token, answer_challenge, deliver_challenge)


def _connection(sock: socket.socket, patience_s: float) -> Connection:
    sock.setblocking(True)
    limit = struct.pack("ll", int(patience_s), int(patience_s % 1 * 1e6))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(sock.detach())


def _proven(connection: Connection, token: bytes, *proofs: Any) -> Wire:
    try:
        for proof in proofs:
            proof(connection, token)
    except AuthenticationError as error:
        connection.close()
        raise PermissionError(str(error)) from None
    except (OSError, EOFError, AssertionError):  # an assertion of the standard library's: not the protocol
        connection.close()
        raise ConnectionError("the handshake was not answered") from None
    return Wire(connection)
