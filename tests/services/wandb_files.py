"""Reads back what W&B wrote to a folder: its transaction log and its tables.

The log is LevelDB's: 32 KiB blocks of chunks, each (crc32, length, type) and data; chunks of types first, middle and
last make one record, a Record of W&B's protocol buffers.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BLOCK = 32 * 1024
FULL, FIRST, LAST = 1, 2, 4


@dataclass
class Written:
    run: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    axes: dict[str, str] = field(default_factory=dict)
    """What each plotted metric is plotted over."""
    tables: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    exit_code: int | None = None


def read(folder: Path) -> Written:
    [log] = folder.glob("*.wandb")
    written = Written()
    for record in records(log.read_bytes()):
        _take(record, written)
    for row in written.history:
        for key, value in row.items():
            if isinstance(value, dict) and value.get("_type") == "table-file":
                written.tables.setdefault(key, []).extend(_table(folder / "files" / value["path"]))
    return written


def records(body: bytes) -> Iterator[Any]:
    from wandb.proto import wandb_internal_pb2

    assert struct.unpack_from("<4sHB", body) == (b":W&B", 0xBEE1, 0)
    whole = b""
    for kind, data in _chunks(body):
        whole = data if kind in (FULL, FIRST) else whole + data
        if kind in (FULL, LAST):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(whole)
            yield record


def _chunks(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 7
    while at < len(body):
        if BLOCK - at % BLOCK < 7:
            at += BLOCK - at % BLOCK
            continue
        crc, size, kind = struct.unpack_from("<IHB", body, at)
        data = body[at + 7 : at + 7 + size]
        assert zlib.crc32(data, zlib.crc32(bytes([kind]))) == crc, f"damaged at byte {at}"
        yield kind, data
        at += 7 + size


def _take(record: Any, written: Written) -> None:
    kind = record.WhichOneof("record_type")
    if kind == "run":
        run = record.run
        written.run |= {"id": run.run_id, "project": run.project, "name": run.display_name}
        written.run |= {"tags": list(run.tags), "group": run.run_group}
        written.config |= _items(run.config.update)
    elif kind == "config":
        written.config |= _items(record.config.update)
    elif kind == "history":
        written.history.append({**_items(record.history.item), "_step": record.history.step.num})
    elif kind == "summary":
        written.summary |= _items(record.summary.update)
    elif kind == "metric":
        written.axes[record.metric.name] = record.metric.step_metric
    elif kind == "artifact":
        made = record.artifact
        files = [entry.path for entry in made.manifest.contents]
        about = {"name": made.name, "type": made.type, "metadata": json.loads(made.metadata or "{}"), "files": files}
        written.artifacts.append(about)
    elif kind == "exit":
        written.exit_code = record.exit.exit_code


def _items(items: Any) -> dict[str, Any]:
    """A nested key is a path into nested objects."""
    found: dict[str, Any] = {}
    for item in items:
        *parents, last = list(item.nested_key) or [item.key]
        inside = found
        for name in parents:
            inside = inside.setdefault(name, {})
        inside[last] = json.loads(item.value_json)
    return found


def _table(path: Path) -> list[dict[str, Any]]:
    table = json.loads(path.read_text())
    return [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
