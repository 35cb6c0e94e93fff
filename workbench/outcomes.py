"""Data sets of recorded outcomes: one Parquet file in the long form, a row for each query and model.

The columns stand in COLUMNS. Written by `workbench record` and `workbench import`, read by replay, fit and experiments.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import BadInput
from .recorded import Recorded
from .settings import shipped
from .types import Image, Message, Model, Part, Prompt, Text, user

if TYPE_CHECKING:
    import polars as pl

COLUMNS = {
    "dataset": "String",
    "split": "String",
    "category": "String",
    "query_id": "String",
    "prompt": "String",  # the last user message
    "context": "String",  # JSON list of the messages before it, as OpenAI writes them; null: there are none
    "model": "String",
    "response": "String",
    "quality": "Float64",  # 0..1; null: recorded and not scored
    "cost_usd": "Float64",
    "cost_basis": "String",  # recorded, list_price, nominal, or not stated (the cost is then 0)
    "prompt_tokens": "Int64",
    "completion_tokens": "Int64",
    "latency_ms": "Float64",
    "ttft_ms": "Float64",
    "confidence": "Float64",  # mean log-probability of the answer's tokens
    "finish": "String",
    "error": "String",  # "kind: text" of a failed call, whose quality is 0
}
NEEDED = ("query_id", "prompt", "model", "quality", "cost_usd")
ANSWER_TOKENS = 300
"""Assumed where a data set has no tokens and a price per token has to be made of a cost per call."""


@dataclass(frozen=True)
class Outcomes:
    """One data set, read."""

    name: str
    path: Path
    frame: pl.DataFrame
    """All of COLUMNS, one row for each query and model."""

    @cached_property
    def key(self) -> str:
        """Hash of the file: two data sets of one key are the same bytes."""
        return key_of(self.path)

    @property
    def models(self) -> list[str]:
        return sorted(self.frame["model"].unique().to_list())

    def coverage(self) -> list[dict[str, Any]]:
        """One row for each model and category: how many outcomes, scored, failed; mean quality and cost (USD)."""
        import polars as pl

        return (
            self.frame.group_by("model", "category")
            .agg(
                pl.len().alias("outcomes"),
                pl.col("quality").is_not_null().sum().alias("scored"),
                pl.col("error").is_not_null().sum().alias("failed"),
                pl.col("quality").mean().alias("quality"),
                pl.col("cost_usd").mean().alias("cost_usd"),
            )
            .sort("model", "category")
            .to_dicts()
        )

    def recorded(self) -> Recorded:
        """The outcomes as columns, prompts in the order of their ids, models in that of their mean cost."""
        import polars as pl

        frame = self.frame
        means = frame.group_by("model").agg(pl.col("cost_usd").mean()).sort("cost_usd", "model")
        models = tuple(_model(frame, m) for m in means["model"].to_list())
        queries = frame.unique("query_id", keep="first").sort("query_id")
        row = frame["query_id"].replace_strict(queries["query_id"], pl.int_range(len(queries), eager=True)).to_numpy()
        ids = [m.id for m in models]
        col = frame["model"].replace_strict(ids, list(range(len(ids)))).to_numpy()
        cells = _Cells((len(queries), len(models)), row, col, frame)
        tokens = np.stack([cells.numbers(c, 0.0) for c in ("prompt_tokens", "completion_tokens")], axis=-1)
        return Recorded(
            prompts=tuple(_prompt(q, models) for q in queries.iter_rows(named=True)),
            models=models,
            quality=cells.numbers("quality"),
            cost=cells.numbers("cost_usd"),
            latency=cells.numbers("latency_ms") / 1e3,
            logprob=cells.numbers("confidence"),
            tokens=tokens.astype(np.int64),
            errors=cells.words("error"),
            texts=cells.words("response"),
            categories=np.array(queries["category"].fill_null("").to_list(), dtype=object),
            splits=np.array(queries["split"].fill_null("").to_list(), dtype=object),
        )


@dataclass(frozen=True)
class _Cells:
    """Columns of the frame laid out as matrices."""

    shape: tuple[int, int]
    row: Any
    col: Any
    frame: pl.DataFrame

    def numbers(self, name: str, missing: float = np.nan) -> Any:
        out = np.full(self.shape, missing)
        out[self.row, self.col] = self.frame[name].cast(dtypes()["cost_usd"]).fill_null(missing).to_numpy()
        return out

    def words(self, name: str) -> Any:
        out = np.full(self.shape, "", dtype=object)
        out[self.row, self.col] = self.frame[name].fill_null("").to_numpy()
        return out


def key_of(path: Path) -> str:
    """Hash of a data set's file. Raises BadInput."""
    try:
        return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError as error:
        raise BadInput(f"the data set {path} cannot be read: {error.strerror or error}") from None


def names(home: Path) -> dict[str, Path]:
    """The data sets that ship, and the user's own, which win."""
    found = {file.stem: file for file in sorted(shipped("outcomes").glob("*.parquet"))}
    own = {file.stem: file for file in sorted((home / "data").glob("*.parquet")) if not file.stem.endswith(".votes")}
    return found | own


def load(name: str, home: Path) -> Outcomes:
    """A data set by name, or by its file's path. Raises BadInput."""
    path = Path(name)
    if path.suffix == ".parquet":
        return read(path)
    known = names(home)
    if name not in known:
        raise BadInput(
            f"no data set named {name!r}; there are {', '.join(known) or 'none yet'}: `workbench record` and "
            "`workbench import` make them, or give the path of a Parquet file"
        )
    return read(known[name])


def read(path: Path) -> Outcomes:
    """A file in the long form; columns that it lacks are null. Raises BadInput, which names what is wrong."""
    import polars as pl

    try:
        frame = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadInput(f"the data set {path} cannot be read: {error}") from None
    if missing := [c for c in NEEDED if c not in frame.columns]:
        raise BadInput(f"{path} is no data set of outcomes: it lacks the columns {', '.join(missing)}")
    try:
        frame = frame.select(
            (pl.col(c) if c in frame.columns else pl.lit(None)).cast(d).alias(c) for c, d in dtypes().items()
        )
    except pl.exceptions.PolarsError as error:
        raise BadInput(f"{path} is no data set of outcomes: {str(error).partition(chr(10))[0]}") from None
    return Outcomes(path.stem, path, _checked(path, frame))


def write(rows: Iterable[Mapping[str, Any]], path: Path, about: Mapping[str, str] | None = None) -> int:
    """Write rows as one file, in the order of query and model, beside its place first. Returns their number.

    `about` (what made them) goes into the file's metadata. Equal rows make equal bytes. Raises BadInput.
    """
    import polars as pl

    try:
        frame = pl.DataFrame(list(rows), schema=dtypes()).sort("query_id", "model")
    except (TypeError, pl.exceptions.PolarsError) as error:
        raise BadInput(f"these outcomes do not fit the long form: {error}") from None
    _checked(path, frame)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        frame.write_parquet(part, compression="zstd", metadata=dict(about or {}))
        os.replace(part, path)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}; choose another place") from None
    finally:
        part.unlink(missing_ok=True)
    return frame.height


def _checked(path: Path, frame: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    if frame.is_empty():
        raise BadInput(f"{path} holds no outcomes")
    if frame.select("query_id", "model").is_duplicated().any():
        twice = frame.filter(frame.select("query_id", "model").is_duplicated()).row(0, named=True)
        raise BadInput(f"{path}: {twice['model']} has two outcomes for the query {twice['query_id']}; keep one")
    for name in NEEDED:
        if name != "quality" and frame[name].null_count():
            raise BadInput(f"{path}: {frame[name].null_count()} rows have no {name}")
    odd = frame.filter(~pl.col("quality").is_between(0, 1) | ~pl.col("cost_usd").is_finite() | (pl.col("cost_usd") < 0))
    if odd.height:
        row = odd.row(0, named=True)
        raise BadInput(
            f"{path}: quality must be 0 to 1 and cost_usd 0 or more; {row['query_id']}, {row['model']} has "
            f"{row['quality']} and {row['cost_usd']}: mend or drop such rows ({odd.height:,}), or leave that to `workbench import long`"
        )
    return frame


def dtypes() -> dict[str, Any]:
    """Types of the columns."""
    import polars as pl

    return {name: getattr(pl, kind)() for name, kind in COLUMNS.items()}


def _model(frame: pl.DataFrame, name: str) -> Model:
    """The pool's entry for a recorded model. Its price is what was paid: mean USD per million tokens, in and out alike."""
    import polars as pl

    rows = frame.filter(pl.col("model") == name)
    tokens = rows["prompt_tokens"].fill_null(0) + rows["completion_tokens"].fill_null(0)
    if not tokens.sum():
        tokens = rows["prompt"].str.len_bytes() // 4 + ANSWER_TOKENS
    price = 1e6 * float(rows["cost_usd"].sum()) / max(1, int(tokens.sum()))
    return Model(name, price, price, nominal=rows["cost_basis"].eq("nominal").any())


def _prompt(query: Mapping[str, Any], models: tuple[Model, ...]) -> Prompt:
    tags = {"category": query["category"]} if query["category"] else {}
    try:
        before = context(query["context"])
    except BadInput as error:
        raise BadInput(f"the query {query['query_id']} cannot be asked: {error}; mend or drop its rows") from None
    return Prompt(query["query_id"], (*before, user(query["prompt"])), models, tags)


def context(text: str | None) -> list[Message]:
    """The messages before the last one, from a JSON list. Raises BadInput."""
    try:
        before = json.loads(text) if text else []
    except (ValueError, RecursionError):
        before = None
    if not isinstance(before, list):
        raise BadInput("its context is no JSON list of messages")
    return [message(said) for said in before]


def message(said: Mapping[str, Any]) -> Message:
    """A message from OpenAI's wire form, words and images. Raises BadInput."""
    try:
        content = said["content"]
        parts: tuple[Part, ...] = (Text(content),) if isinstance(content, str) else tuple(map(_part, content))
        return Message(said["role"], parts)
    except (KeyError, TypeError) as error:
        raise BadInput(f"this is no chat message: {str(said)[:80]} ({error!r})") from None


def _part(part: Mapping[str, Any]) -> Part:
    return Image(part["image_url"]["url"]) if part["type"] == "image_url" else Text(part["text"])
