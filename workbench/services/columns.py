"""The packed columns of a replay's document as one binary body, so that a browser reads them without parsing text.

Choices of neighbouring settings are nearly the same: each row is kept as its difference (XOR) from the row before, which
compresses to a twentieth.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

ALIGN = 8
"""Bytes that every column begins at a multiple of, so that it can be viewed as numbers where it lies."""

Place = Mapping[str, Any]
"""Where a column lies: at (bytes), kind (u1, u2, f4; little-endian), shape."""


class Body:
    """Columns one after another."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, packed: str, kind: str, *shape: int) -> dict[str, Any]:
        """Append a base64 column. Returns its Place."""
        raw = base64.b64decode(packed)
        return self._append(raw, kind, shape)

    def add_rows(self, packed: str, rows: int) -> dict[str, Any]:
        """Append a base64 table of bytes, each row as its difference from the one before."""
        table = np.frombuffer(base64.b64decode(packed), dtype=np.uint8).reshape(rows, -1)
        return self._append(differences(table).tobytes(), "u1", table.shape) | {"differences": True}

    def _append(self, raw: bytes, kind: str, shape: tuple[int, ...]) -> dict[str, Any]:
        place = {"at": self._size, "kind": kind, "shape": list(shape)}
        padded = raw + bytes(-len(raw) % ALIGN)
        self._parts.append(padded)
        self._size += len(padded)
        return place

    def __bytes__(self) -> bytes:
        return b"".join(self._parts)


def differences(table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each row XOR the row before it; the first as it is."""
    out = table.copy()
    out[1:] ^= table[:-1]
    return out


def split(document: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The document with a Place for every packed column, and the body that these places are in."""
    body = Body()
    n, m = document["data"]["prompts"], len(document["data"]["models"])
    cells = dict(document["cells"])
    cells |= {name: body.add(cells[name], "f4", n, m) for name in ("quality", "cost")}
    cells["category"] = body.add(cells["category"], "u2", n)
    settings = {c["label"]: len(c["points"]) for c in document["curves"]}
    several = {
        label: {name: body.add(column, "f4", settings[label], n) for name, column in columns.items()}
        for label, columns in document["outcome_cells"].items()
    }
    curves = [c | {"choices": body.add_rows(c["choices"], len(c["points"]))} for c in document["curves"]]
    return {**document, "cells": cells, "outcome_cells": several, "curves": curves}, bytes(body)
