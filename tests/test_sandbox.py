"""Python that nobody has read: what it prints is kept, what it must not do is refused, and it ends in time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from workbench import sandbox
from workbench.sandbox import Ran, isolated, run


def test_what_it_prints_is_kept() -> None:
    assert run({"a": "import math\nprint(math.comb(10, 3), 'ways')"}, 5.0) == Ran(True, "120 ways\n")


def test_sources_share_one_namespace() -> None:
    assert run({"a": "x = 2", "b": "print(x + 1)"}, 5.0).output == "3\n"


def test_a_mistake_is_told_in_a_line_after_what_was_printed() -> None:
    ran = run({"a": "print('so far')\n1 / 0"}, 5.0)
    assert (ran.finished, ran.output, ran.error) == (False, "so far\n", "ZeroDivisionError: division by zero")


def test_leaving_early_is_not_finishing() -> None:
    assert run({"a": "raise SystemExit"}, 5.0) == Ran(False, "", "ended before it was done")


def test_what_asks_for_input_finds_none_and_learns_nothing_from_it() -> None:
    said = run({"a": "import os, sys\nprint([sys.stdin.read(), sys.__stdin__.read(), os.read(0, 99)])"}, 5.0)
    assert said == Ran(True, "['', '', b'']\n")
    asks = run({"a": "int(input('How many? '))"}, 5.0)
    assert (asks.finished, asks.error) == (False, "EOFError: EOF when reading a line")
    claims = run({"a": "import os, sys\nos.write(1, sys.stdin.readline().encode())\nos._exit(0)"}, 5.0)
    assert not claims.finished


def test_it_ends_in_time() -> None:
    began = time.monotonic()
    assert run({"a": "while True: pass"}, 0.5).error == "took more than 0.5 s"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "program",
    [
        "print(open({path!r}).read())",
        "import os; print(os.read(os.open({path!r}, os.O_RDONLY), 9))",
        "import os; os.symlink({path!r}, 'x'); print(open('x').read())",
        "import pathlib; print(pathlib.Path({path!r}).read_text())",
        "import os; print(os.listdir({folder!r}))",
        "import os; os.remove({path!r})",
        "import os; open('x', 'w').close(); os.rename('x', {path!r})",
        "open({path!r}, 'w').write('mine')",
    ],
)
def test_it_reads_and_writes_no_file_but_its_own(program: str, tmp_path: Path) -> None:
    secret = tmp_path / "key.txt"
    secret.write_text("sesame", encoding="utf-8")
    ran = run({"a": program.format(path=str(secret), folder=str(tmp_path))}, 5.0)
    assert not ran.finished
    assert "is not to be touched here" in ran.error
    assert "sesame" not in ran.output
    assert secret.read_text(encoding="utf-8") == "sesame"


@pytest.mark.skipif(not isolated(), reason="this system has no Landlock or no namespaces")
@pytest.mark.parametrize(
    "deed", ["print(open({path!r}).read())", "print(os.listdir({folder!r}))", "open({path!r}, 'w').write('mine')"]
)
def test_nor_does_it_where_it_has_undone_the_guard_in_python(deed: str, tmp_path: Path) -> None:
    """The guard asks the standard library where a path leads, and a program can change the standard library."""
    secret = tmp_path / "key.txt"
    secret.write_text("sesame", encoding="utf-8")
    undo = "import os, posixpath\nhere = os.getcwd()\nposixpath.realpath.__globals__['_joinrealpath'] = lambda *a: (here, True)\n"
    ran = run({"a": undo + deed.format(path=str(secret), folder=str(tmp_path))}, 5.0)
    assert not ran.finished
    assert "Permission denied" in ran.error
    assert secret.read_text(encoding="utf-8") == "sesame"


def test_time_zones_are_there_to_compute_with() -> None:
    program = (
        "import zoneinfo, datetime\nprint(datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo('UTC')).isoformat())"
    )
    assert run({"a": program}, 5.0).output == "2024-07-01T00:00:00+00:00\n"


def test_its_own_folder_is_its_to_use() -> None:
    program = "open('x', 'w').write('y')\nimport os\nprint(os.listdir('.'), open('x').read())"
    assert run({"a": program}, 5.0).output == "['x'] y\n"


@pytest.mark.parametrize(
    "program", ["import socket; socket.socket()", "import os; os.fork()", "import subprocess; subprocess.run(['ls'])"]
)
def test_no_network_and_no_process(program: str) -> None:
    assert "is not allowed here" in run({"a": program}, 5.0).error


def test_odd_text_is_only_wrong() -> None:
    for source in ("\x00", "\ud800", "(" * 5000):
        assert not run({"a": source}, 5.0).finished


def test_without_namespaces_it_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "alone", lambda: ())
    assert run({"a": "print(1)"}, 5.0).output == "1\n"
