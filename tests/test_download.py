import hashlib
from pathlib import Path

import pytest

from tests.package_index import PackageIndex, serving
from workbench import download
from workbench.errors import WeightsError

BODY = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(BODY).hexdigest()


def fetch(index: PackageIndex, part: Path, digest: str = DIGEST) -> list[int]:
    lengths: list[int] = []
    with download.connect() as client:
        download.fetch(client, f"{index.url}/files/blob", part, digest, lengths.append, pause_s=0.001)
    return lengths


def holding(body: bytes = BODY, **faults: object) -> PackageIndex:
    return PackageIndex(hub={"files/blob": body}, **faults)  # type: ignore[arg-type]  # faults of any type


def test_a_file_arrives_whole_and_its_growth_is_told(tmp_path: Path) -> None:
    with serving(holding()) as index:
        lengths = fetch(index, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY
    assert lengths == sorted(lengths)
    assert lengths[-1] == len(BODY)


def test_a_partial_file_is_resumed_from_its_length(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(BODY[:1000])
    with serving(holding()) as index:
        fetch(index, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY
    assert index.downloads() == [("blob", "bytes=1000-")]


def test_a_connection_that_breaks_is_taken_up_again(tmp_path: Path) -> None:
    with serving(holding(cut_after=[5000, 7000])) as index:
        fetch(index, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY
    assert [asked for _, asked in index.downloads()] == ["", "bytes=5000-", "bytes=12000-"]


def test_a_whole_partial_file_needs_no_bytes(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(BODY)
    with serving(holding()) as index:
        assert fetch(index, tmp_path / "part") == []
    assert (tmp_path / "part").read_bytes() == BODY


def test_a_server_without_ranges_sends_the_file_anew(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(BODY[:1000])
    with serving(holding(ranges=False)) as index:
        fetch(index, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY


def test_a_partial_file_longer_than_the_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(BODY + b"more")
    with serving(holding()) as index:
        fetch(index, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY


def test_a_partial_file_of_other_bytes_is_fetched_once_more_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(b"x" * 1000)
    with serving(holding()) as index:
        fetch(index, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY
    assert [asked for _, asked in index.downloads()] == ["bytes=1000-", ""]


def test_a_wrong_hash_is_an_error_and_the_file_is_deleted(tmp_path: Path) -> None:
    with serving(holding()) as index, pytest.raises(WeightsError, match="wrong SHA-256"):
        fetch(index, tmp_path / "part", "0" * 64)
    assert not (tmp_path / "part").exists()


def test_a_busy_server_is_asked_again(tmp_path: Path) -> None:
    with serving(holding(statuses=[503, 429])) as index:
        fetch(index, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY


def test_a_refusal_is_final(tmp_path: Path) -> None:
    with serving(holding(statuses=[403])) as index, pytest.raises(WeightsError, match="HTTP 403"):
        fetch(index, tmp_path / "part")
    assert len(index.downloads()) == 1


def test_what_came_before_the_network_went_is_kept(tmp_path: Path) -> None:
    with serving(holding(cut_after=[5000, 0, 0, 0, 0, 0])) as index:
        with pytest.raises(WeightsError, match=r"broke off at 5,000 bytes .* what came is kept"):
            fetch(index, tmp_path / "part")
        index.cut_after.clear()
        fetch(index, tmp_path / "part")
    assert (tmp_path / "part").read_bytes() == BODY
    assert index.downloads()[-1] == ("blob", "bytes=5000-")
