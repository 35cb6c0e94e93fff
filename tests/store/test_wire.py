import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest

from workbench.store.wire import accept, connect, listen


def served(handler: Callable[[socket.socket], Any]) -> tuple[int, threading.Thread, list[BaseException]]:
    """A listener that handles one peer; its port, thread, and what went wrong there."""
    listener = listen()
    wrong: list[BaseException] = []

    def serve() -> None:
        with listener:
            peer, _ = listener.accept()
            try:
                handler(peer)
            except (OSError, EOFError) as error:
                wrong.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    return listener.getsockname()[1], thread, wrong


def test_messages_pass_between_sides_that_know_the_token() -> None:
    def echo(peer: socket.socket) -> None:
        wire = accept(peer, b"token", 5)
        wire.send(b'{"heard": %s}' % str(wire.receive()).encode())
        wire.close()

    port, thread, _ = served(echo)
    wire = connect(port, b"token", 5)
    wire.send(b"42")
    assert wire.receive() == {"heard": 42}
    wire.close()
    thread.join()


def test_a_wrong_token_gets_nothing() -> None:
    port, thread, wrong = served(lambda peer: accept(peer, b"token", 5))
    with pytest.raises(PermissionError):
        connect(port, b"guess", 5)
    thread.join()
    assert isinstance(wrong[0], PermissionError | ConnectionError)


def test_a_stranger_on_the_port_learns_no_token_and_is_refused() -> None:
    def stranger(peer: socket.socket) -> None:
        with peer:
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 20)
            peer.recv(100)

    port, thread, _ = served(stranger)
    with pytest.raises(OSError):  # noqa: PT011  (which one depends on what the stranger says)
        connect(port, b"token", 1)
    thread.join()


def test_a_silent_peer_is_given_up_on() -> None:
    port, thread, wrong = served(lambda peer: accept(peer, b"token", 0.2))
    with socket.create_connection(("127.0.0.1", port)):
        thread.join(5)
    assert isinstance(wrong[0], ConnectionError)


def test_the_listener_is_on_loopback_only() -> None:
    with listen() as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
