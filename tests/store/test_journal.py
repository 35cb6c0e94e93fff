import resource
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from workbench.errors import StoreError
from workbench.store import journal
from workbench.store.ids import Ids
from workbench.store.journal import Journal, lines, segments


def all_lines(folder: Path) -> list[bytes]:
    return [line for name in segments(folder) for line in lines(folder / name, 0, 1 << 20)[0]]


def test_a_line_is_in_its_file_when_its_future_resolves(tmp_path: Path) -> None:
    written = Journal(tmp_path, Ids())
    written.submit(b"one\n").result(5)
    assert all_lines(tmp_path) == [b"one"]
    written.close()


def test_many_threads_lose_nothing_and_keep_lines_whole(tmp_path: Path) -> None:
    written = Journal(tmp_path, Ids())
    with ThreadPoolExecutor(16) as pool:
        done = list(pool.map(lambda n: written.submit(b"%d\n" % n), range(2000)))
    assert all(future.result(10) is None for future in done)
    written.close()
    assert sorted(int(line) for line in all_lines(tmp_path)) == list(range(2000))


def test_closing_writes_what_waits_and_refuses_more(tmp_path: Path) -> None:
    written = Journal(tmp_path, Ids())
    done = [written.submit(b"x\n") for _ in range(50)]
    written.close()
    assert all(future.done() and future.exception() is None for future in done)
    with pytest.raises(StoreError, match="closed"):
        written.submit(b"late\n")


def test_a_full_segment_is_followed_by_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "ROTATE_BYTES", 10)
    written = Journal(tmp_path, Ids())
    for n in range(4):
        written.submit(b"line %d\n" % n).result(5)
    written.close()
    assert list(segments(tmp_path).values()) == [14, 14]
    assert all_lines(tmp_path) == [b"line 0", b"line 1", b"line 2", b"line 3"]


def test_segments_are_for_their_user_alone(tmp_path: Path) -> None:
    written = Journal(tmp_path, Ids())
    written.submit(b"x\n").result(5)
    written.close()
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_torn_last_line_is_not_there_yet(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"one\ntwo\nthr")
    assert lines(path, 0, 100) == ([b"one", b"two"], 8)
    assert lines(path, 8, 100) == ([], 8)
    path.write_bytes(b"one\ntwo\nthree\n")
    assert lines(path, 8, 100) == ([b"three"], 14)


def test_a_line_longer_than_the_piece_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"x" * 5000 + b"\nend\n")
    assert lines(path, 0, 64)[0][0] == b"x" * 5000


def test_a_folder_that_vanished_fails_the_append_and_not_the_journal(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    written = Journal(folder, Ids())
    with pytest.raises(StoreError, match=r"cannot be written \(No such file"):
        written.submit(b"x\n").result(5)
    folder.mkdir()
    assert written.submit(b"y\n").result(5) is None
    written.close()


FULL = """
import resource, sys
from pathlib import Path
from workbench.store.ids import Ids
from workbench.store.journal import Journal
written = Journal(Path(sys.argv[1]), Ids())
written.submit(b"before\\n").result(5)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
try:
    written.submit(b"x" * 5000 + b"\\n").result(5)
except Exception as error:  # whatever it is, it is printed
    print(type(error).__name__, error)
written.submit(b"after\\n").result(5)
written.close()
"""


def test_a_write_that_does_not_fit_fails_alone_and_says_so(tmp_path: Path) -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    ran = subprocess.run([sys.executable, "-c", FULL, tmp_path], capture_output=True, text=True, check=True)
    assert "StoreError not saved" in ran.stdout
    assert "Free some space" in ran.stdout
    assert all_lines(tmp_path) == [b"before", b"after"]
