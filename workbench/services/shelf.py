"""Results of replays, kept on disk by the key of their request: a folder each, the newest few."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import BadInput

KEY = re.compile(r"[0-9a-f]{32}")
ABOUT = "about.json"
MOST = 32
"""Results kept; one of 36,000 prompts, 11 models and 3 swept strategies takes about 5 MB."""
TORN_S = 3600.0
"""Seconds after which a half-written result is nobody's."""


@dataclass(frozen=True)
class Shelf:
    folder: Path
    most: int = MOST

    def put(self, key: str, about: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
        """Keep a result whole or not at all, and let go of the oldest. Raises BadInput where it cannot be written."""
        part = self.folder / f".{key}.{os.getpid()}.part"
        try:
            part.mkdir(parents=True, exist_ok=True)
            for name, body in {**files, ABOUT: json.dumps(about, sort_keys=True).encode()}.items():
                (part / name).write_bytes(body)
            shutil.rmtree(self.folder / key, ignore_errors=True)
            os.replace(part, self.folder / key)
        except OSError as error:
            raise BadInput(f"the result cannot be kept in {self.folder}: {error.strerror or error}") from None
        finally:
            shutil.rmtree(part, ignore_errors=True)
        self._prune()

    def file(self, key: str, name: str) -> Path:
        """A file of a result. Raises BadInput for one that is not kept (any more)."""
        if KEY.fullmatch(key) and (found := self.folder / key / name).is_file():
            return found
        raise BadInput("this replay is not kept here any more: run it again")

    def about(self, key: str) -> dict[str, Any]:
        """What was kept beside the result. Raises BadInput like `file`."""
        return dict(json.loads(self.file(key, ABOUT).read_bytes()))

    def __contains__(self, key: str) -> bool:
        return bool(KEY.fullmatch(key)) and (self.folder / key / ABOUT).is_file()

    def keys(self) -> list[str]:
        """Newest first."""
        found = [path for path in self.folder.glob("*/" + ABOUT) if KEY.fullmatch(path.parent.name)]
        return [path.parent.name for path in sorted(found, key=_made, reverse=True)]

    def _prune(self) -> None:
        for key in self.keys()[self.most :]:
            shutil.rmtree(self.folder / key, ignore_errors=True)
        for part in self.folder.glob(".*.part"):  # of a worker that was stopped while it wrote
            if time.time() - part.stat().st_mtime > TORN_S:
                shutil.rmtree(part, ignore_errors=True)


def _made(path: Path) -> tuple[float, str]:
    try:
        return path.stat().st_mtime, path.parent.name
    except OSError:  # another process pruned it meanwhile
        return 0.0, path.parent.name
