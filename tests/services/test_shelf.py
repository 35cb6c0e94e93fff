from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.errors import BadInput
from workbench.services.shelf import ABOUT, TORN_S, Shelf

KEYS = [f"{i:032x}" for i in range(6)]


def put(shelf: Shelf, key: str, age_s: float = 0) -> None:
    shelf.put(key, {"n": key}, {"a.bin": key.encode()})
    file = shelf.folder / key / ABOUT
    os.utime(file, (file.stat().st_atime, file.stat().st_mtime - age_s))


def test_the_newest_results_are_kept_and_found_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "kept", most=3)
    assert shelf.keys() == []
    for age, key in enumerate(reversed(KEYS)):
        put(shelf, key, age_s=100 - age)
    assert shelf.keys() == KEYS[:3]
    assert shelf.about(KEYS[0]) == {"n": KEYS[0]}
    assert shelf.file(KEYS[0], "a.bin").read_bytes() == KEYS[0].encode()
    assert KEYS[5] not in shelf


def test_a_result_put_twice_is_the_later_one(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.put(KEYS[0], {}, {"a.bin": b"old", "b.bin": b"old"})
    shelf.put(KEYS[0], {}, {"a.bin": b"new"})
    assert shelf.file(KEYS[0], "a.bin").read_bytes() == b"new"
    with pytest.raises(BadInput, match="run it again"):
        shelf.file(KEYS[0], "b.bin")


def test_half_written_results_are_let_go_of_after_a_while(tmp_path: Path) -> None:
    torn, fresh = tmp_path / f".{KEYS[1]}.1.part", tmp_path / f".{KEYS[2]}.2.part"
    torn.mkdir()
    fresh.mkdir()
    os.utime(torn, (0, fresh.stat().st_mtime - TORN_S - 1))
    put(Shelf(tmp_path), KEYS[0])
    assert (torn.exists(), fresh.exists()) == (False, True)


@pytest.mark.parametrize("key", ["", "..", "../../etc", "g" * 32, KEYS[0].upper() + "A", KEYS[1]])
def test_only_keys_name_results(tmp_path: Path, key: str) -> None:
    shelf = Shelf(tmp_path / "kept")
    put(shelf, KEYS[0])
    assert key not in shelf
    with pytest.raises(BadInput, match="run it again"):
        shelf.file(key, "a.bin")


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(BadInput, match="cannot be kept"):
        Shelf(tmp_path / "kept").put(KEYS[0], {}, {})
