"""One prompt of a replay in full: its text, and what every model answered."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from workbench.errors import BadInput
from workbench.outcomes import key_of

from .datasets import named
from .shelf import Shelf

COLUMNS = ("prompt", "category", "model", "response", "quality", "cost_usd", "error")


def replay_prompt(shelf: Shelf, home: Path, key: str, row: int) -> dict[str, Any]:
    """The `row`-th judged prompt of a kept replay. Raises BadInput, also where the data set has changed since."""
    about = shelf.about(key)
    ids = json.loads(gzip.decompress(shelf.file(key, "prompts.json.gz").read_bytes()))["ids"]
    if not 0 <= row < len(ids):
        raise BadInput(f"this replay has the prompts 0 to {len(ids) - 1}, not {row}")
    path = named(about["request"]["data"], home)
    if key_of(path) != about["data_key"]:
        raise BadInput(f"the data set {path.stem} has changed since this replay: run it again")
    return {"id": ids[row], **_found(path, ids[row])}


def _found(path: Path, query: str) -> dict[str, Any]:
    import polars as pl

    rows = pl.scan_parquet(path).filter(pl.col("query_id") == query).collect().sort("cost_usd", "model")
    lines = [{name: row.get(name) for name in COLUMNS} for row in rows.iter_rows(named=True)]
    answers = [{name: line[name] for name in COLUMNS[2:]} for line in lines]
    return {"text": lines[0]["prompt"], "category": lines[0]["category"], "answers": answers}
