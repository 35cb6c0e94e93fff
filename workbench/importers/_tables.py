"""Rows of CSV, JSON lines, JSON lists and Parquet files, one by one, in bounded memory, also of files packed by gzip."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, cast

from workbench.errors import BadInput

from ._place import Place, Row
from ._report import Report

ENDINGS = (".csv", ".jsonl", ".ndjson", ".json", ".parquet")
LONGEST = 16 * 2**20
"""Characters in a field, a line or an item of a list."""
CHUNK = 2**20
BATCH = 4096
Rows = Iterator[tuple[Place, Row]]


def ending(path: Path) -> str:
    """What a file is, by the end of its name, with or without .gz after it."""
    return path.suffixes[-2] if path.suffix == ".gz" and len(path.suffixes) > 1 else path.suffix


def table(path: Path, report: Report) -> Rows:
    """Rows of a file told by its ending. Raises BadInput for others, and for one that cannot be read."""
    readers = dict(zip(ENDINGS, (csv_rows, json_lines, json_lines, json_items, parquet_rows), strict=True))
    if ending(path) in (".pkl", ".pickle"):
        raise BadInput(
            f"{path} is a pickle, which can run any code when it is opened: convert it where you trust it, with "
            "pandas.read_pickle(...).to_parquet(...)"
        )
    if ending(path) not in readers:
        raise BadInput(f"{path} must end in {', '.join(ENDINGS)} (.gz after it, if it is packed)")
    return readers[ending(path)](path, report)


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """A text file; a byte-order mark is dropped and broken UTF-8 replaced. Raises BadInput, of a damaged archive too."""
    try:
        with _bytes(path) as raw, TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="") as file:
            yield file
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _bytes(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(path)) if path.suffix == ".gz" else path.open("rb")


def lines(file: IO[str]) -> Iterator[str | None]:
    """Lines; None for one that is longer than LONGEST."""
    while line := file.readline(LONGEST):
        if len(line) < LONGEST or line.endswith("\n"):
            yield line
            continue
        while (rest := file.readline(LONGEST)) and not rest.endswith("\n"):
            pass
        yield None


def json_lines(path: Path, report: Report) -> Rows:
    """Objects of a JSON lines file; lines that are none are skipped and told."""
    with opened(path) as file:
        for n, line in enumerate(lines(file), 1):
            if line is not None and not line.strip():
                continue
            report.rows += 1
            place = Place(path, "line", n)
            try:
                value = json.loads(line) if line is not None else None
            except (ValueError, RecursionError):
                report.skip("the line is not JSON", str(place))
                continue
            if isinstance(value, dict):
                yield place, value
            else:
                report.skip("the line is no JSON object" if line else "the line is too long", str(place))


def json_items(path: Path, report: Report) -> Rows:
    """Objects of a file that is one JSON list. What follows a broken item cannot be told apart: it is skipped as one."""
    with opened(path) as file:
        items = _Items(file)
        if not items.starts():
            raise BadInput(f"{path} must be a JSON list of objects, or JSON lines in a file that ends in .jsonl")
        n = 0
        try:
            for n, value in enumerate(items, 1):
                report.rows += 1
                if isinstance(value, dict):
                    yield Place(path, "item", n), value
                else:
                    report.skip("the item is no JSON object", f"item {n}")
        except (ValueError, RecursionError):
            report.rows += 1
            report.skip("the list is broken from here to the end of the file", f"item {n + 1}")


class _Items:
    """Values of a JSON list, read piece by piece. Raises ValueError where it is broken."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._text, self._ended = file, "", False
        self._decoder = json.JSONDecoder()

    def starts(self) -> bool:
        """Whether a list begins here; its bracket is taken."""
        self._trim()
        found, self._text = self._text[:1] == "[", self._text[1:]
        return found

    def __iter__(self) -> Iterator[Any]:
        self._trim()
        while self._text[:1] != "]":
            yield self._value()
            self._trim()
            if self._text[:1] == ",":
                self._text = self._text[1:]
                self._trim()
            elif self._text[:1] != "]":
                raise ValueError("a comma is missing")

    def _trim(self) -> None:
        """To the next character that says something."""
        self._text = self._text.lstrip()
        while not self._text and not self._ended:
            self._more(CHUNK)
            self._text = self._text.lstrip()

    def _more(self, size: int) -> None:
        piece = self._file.read(size)
        self._ended = not piece
        self._text += piece

    def _value(self) -> Any:
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text)
            except ValueError:
                end = len(self._text)  # cut off, as far as can be told
                if self._ended or end > LONGEST:
                    raise
            if end < len(self._text) or self._ended:
                self._text = self._text[end:]
                return value
            self._more(max(CHUNK, len(self._text)))


def csv_rows(path: Path, report: Report) -> Rows:
    """Rows of a CSV file by its first line's names."""
    csv.field_size_limit(LONGEST)
    with opened(path) as file:
        reader = csv.reader(file)
        names = next(reader, None)
        if not names:
            raise BadInput(f"{path} is empty")
        while True:
            try:
                values = next(reader, None)
            except csv.Error as error:
                report.rows += 1
                report.skip(f"the row cannot be read ({error})", f"line {reader.line_num}")
                continue
            if values is None:
                return
            if not values:
                continue
            report.rows += 1
            place = Place(path, "line", reader.line_num)
            if len(values) == len(names):
                yield place, dict(zip(names, values, strict=True))
            else:
                report.skip("the row has more or fewer fields than the first line", str(place))


def parquet_rows(path: Path, report: Report) -> Rows:
    """Rows of a Parquet file, a batch at a time."""
    import polars as pl

    try:
        n = 0
        for frame in pl.scan_parquet(path).collect_batches(chunk_size=BATCH, maintain_order=True):
            for row in frame.iter_rows(named=True):
                n += 1
                report.rows += 1
                yield Place(path, "row", n), row
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadInput(f"{path} cannot be read as Parquet: {error}") from None
