"""Policy files: TOML that we ship and the user's own, which lie over ours by name and are read again when they change.

A file that breaks while it is in force is told once in the log and by `problems`, and what it last said stays in force. One
that was never good stops whoever needs it: a policy is never silently weaker than its file.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from .errors import BadInput
from .settings import shipped

OWN = ("policies/*.toml", "domains/*.toml", "intents.toml", "intents/*.json")
"""What of the user's home strategies read."""
T = TypeVar("T")
Stamp = tuple[int, int]
log = logging.getLogger(__name__)


class Home:
    """Where the user's own policy files are: set once by whoever starts a process, none until then."""

    def __init__(self) -> None:
        self.folder: Path | None = None


_home = Home()
_kinds: WeakSet[Policies[Any]] = WeakSet()


def use(home: Path | None) -> None:
    """The user's home, whose folders `policies` and `domains` lie over the shipped ones."""
    _home.folder = home


def laid_over(name: str) -> Path:
    """The user's own file of this name, or the shipped one where there is none."""
    ours, own = _places(name, _home.folder)
    return own if own and os.path.exists(own) else ours


@cache
def _places(name: str, home: Path | None) -> tuple[Path, Path | None]:
    return shipped(name), home / name if home else None


def key(home: Path) -> str:
    """Hash of the user's own policy files as they are now: where it differs, a strategy that reads them may do something else."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(path for pattern in OWN for path in home.glob(pattern)):
        digest.update(f"{path.relative_to(home)}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def problems() -> dict[str, str]:
    """What is wrong now with any policy of any kind that has been imported, by folder and name."""
    kinds = sorted(_kinds, key=lambda kind: kind.folder)
    return {f"{kind.folder}/{name}": wrong for kind in kinds for name, wrong in kind.problems().items()}


class Policies(Generic[T]):
    """All policies of one kind: the `.toml` files of one folder of `data/`, under those of the user's folder of that name."""

    def __init__(self, folder: str, read: Callable[[str, Mapping[str, Any]], T]) -> None:
        """`read` makes a policy of a name and a file's table. It raises BadInput for what it does not understand."""
        self.folder = folder
        _kinds.add(self)
        self._read = read
        self._lock = threading.Lock()
        self._stamps: dict[Path, Stamp] = {}
        self._looked_in: list[Path] = []
        self._found: tuple[Path | None, list[Path]] | None = None
        self._loaded: dict[str, tuple[Path, Stamp]] = {}
        self._good: dict[str, T] = {}
        self._broken: dict[str, str] = {}

    def all(self) -> Mapping[str, T]:
        """Every policy by name. Raises BadInput where one was never good."""
        self._refresh()
        for name, problem in self._broken.items():
            if name not in self._good:
                raise BadInput(problem)
        return self._good

    def get(self, name: str) -> T:
        """Raises BadInput where there is none of that name, or where it was never good."""
        self._refresh()
        if name in self._good:
            return self._good[name]
        if name in self._broken:
            raise BadInput(self._broken[name])
        raise BadInput(f"no file {name}.toml in {self.places}; there are {', '.join(sorted(self._good)) or 'none'}")

    def problems(self) -> dict[str, str]:
        """What is wrong now, by name."""
        self._refresh()
        return dict(self._broken)

    @property
    def places(self) -> str:
        return " or ".join(str(folder) for folder in self._folders())

    def _folders(self) -> list[Path]:
        if self._found is None or self._found[0] != _home.folder:
            own = [_home.folder / self.folder] if _home.folder else []
            self._found = _home.folder, [shipped(self.folder), *own]
        return self._found[1]

    def _refresh(self) -> None:
        """Read again what changed since the last look: a folder's time tells of files that came or went."""
        with self._lock:
            folders = self._folders()
            if folders is self._looked_in and all(stamp_of(path) == stamp for path, stamp in self._stamps.items()):
                return
            stamps = {folder: stamp_of(folder) for folder in folders}
            files = {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}
            stamps |= {path: stamp_of(path) for path in files.values()}
            self._good = {name: policy for name, policy in self._good.items() if name in files}
            self._broken = {name: problem for name, problem in self._broken.items() if name in files}
            for name, path in files.items():
                if self._loaded.get(name) != (path, stamps[path]):
                    self._load(name, path)
            self._loaded = {name: (path, stamps[path]) for name, path in files.items()}
            self._stamps, self._looked_in = stamps, folders

    def _load(self, name: str, path: Path) -> None:
        try:
            self._good[name] = self._read(name, tomllib.loads(path.read_text(encoding="utf-8")))
            self._broken.pop(name, None)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, BadInput) as error:
            kept = "; what it said before stays in force" if name in self._good else ""
            self._broken[name] = f"{path} cannot be used: {error}{kept}. Mend it or take it away"
            log.error("%s", self._broken[name])


def stamp_of(path: Path) -> Stamp:
    """When a file or folder was last written, and its size; zeros where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def only_keys(where: str, table: Mapping[str, Any], known: Mapping[str, type | tuple[type, ...]]) -> None:
    """Raises BadInput for a key that means nothing, or a value of another type."""
    for key, value in table.items():
        if key not in known:
            raise BadInput(f"{where} has no key {key!r}; there are {', '.join(known)}")
        if not isinstance(value, known[key]):
            raise BadInput(f"{where}: {key} cannot be {value!r:.60}")


def words_of(where: str, value: Any) -> tuple[str, ...]:
    """A list of texts. Raises BadInput for anything else."""
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        raise BadInput(f"{where} must be a list of words")
    return tuple(value)
