import json
import socket
import stat
from pathlib import Path

import pytest

from workbench.errors import StoreError
from workbench.store import open_store
from workbench.store.owner import Lock
from workbench.store.wire import connect


def test_only_one_holds_the_lock_and_letting_go_frees_it(tmp_path: Path) -> None:
    first = Lock.take(tmp_path / "lock")
    assert first is not None
    assert Lock.take(tmp_path / "lock") is None
    first.release()
    second = Lock.take(tmp_path / "lock")
    assert second is not None
    second.release()


def test_the_address_is_for_its_user_alone_and_goes_with_the_owner(tmp_path: Path) -> None:
    with open_store(tmp_path):
        address = tmp_path / "owner.json"
        assert stat.S_IMODE(address.stat().st_mode) == 0o600
        assert len(bytes.fromhex(json.loads(address.read_bytes())["token"])) == 32
    assert not address.exists()


def test_strangers_and_nonsense_do_not_disturb_the_service(tmp_path: Path) -> None:
    with open_store(tmp_path):
        said = json.loads((tmp_path / "owner.json").read_bytes())
        with socket.create_connection(("127.0.0.1", said["port"])) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(PermissionError):
            connect(said["port"], bytes(32), 5)
        token = bytes.fromhex(said["token"])
        for nonsense in (b"{", b"[]", b"{}", b'{"sql": 1, "params": 2, "timeout_s": "x", "limit": null}'):
            wire = connect(said["port"], token, 5)
            wire.send(nonsense)
            with pytest.raises((EOFError, OSError)):
                wire.receive()
            wire.close()
        with open_store(tmp_path) as guest, guest.select("select 1 as one") as found:
            assert found.rows() == [{"one": 1}]


def test_an_owner_that_cannot_open_lets_go_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "workbench.duckdb").write_bytes(b"rubbish" * 5000)
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(tmp_path)
    (tmp_path / "workbench.duckdb").rename(tmp_path / "aside")
    with open_store(tmp_path) as store:
        assert store.is_owner
