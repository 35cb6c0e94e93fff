"""The models there are: read from TOML files, later ones laid over earlier ones by id, prices filled in.

Prices, context and capabilities that an entry leaves out come from litellm's price map. Keys are named here and
held by the environment.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .entry import Problem, check
from .errors import BadCatalog, UnknownModel
from .prices import Prices
from .types import Model

PRICELESS = ("scripted", "local")
"""Providers whose models may leave their price out: nobody sends a bill."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A model, the environment variable that holds its key, and why it cannot be used, if it cannot."""

    model: Model
    key: str = ""
    reason: str = ""
    where: str = ""
    """File and line it is written at."""

    def as_json(self) -> dict[str, Any]:
        """What the command line and the pages are given. Options stay here: a provider may keep a secret in them."""
        m = self.model
        told = ("id", "provider", "price_in", "price_out", "nominal", "context", "region", "group")
        lists = {"capabilities": sorted(m.capabilities), "tags": list(m.tags)}
        return {name: getattr(m, name) for name in told} | lists | {"usable": not self.reason, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class _Draft:
    """Fields of one id so far, and where the newest of them stand."""

    fields: Mapping[str, Any]
    source: _Source
    number: int


class Catalog:
    def __init__(self, entries: Iterable[Entry], environ: Mapping[str, str]) -> None:
        self._entries = {e.model.id: e for e in entries}
        self._environ = environ

    @classmethod
    def load(cls, paths: Iterable[Path], environ: Mapping[str, str]) -> Catalog:
        """The catalog of these files; one that does not exist is skipped. Raises BadCatalog with file and line."""
        drafts: dict[str, _Draft] = {}
        for path in paths:
            if path.exists():
                for draft in _Source.read(path).drafts():
                    earlier = drafts.get(draft.fields["id"])
                    drafts[draft.fields["id"]] = _over(earlier, draft) if earlier else draft
        if not drafts:
            raise BadCatalog("there is no model in any catalog file; is the installation complete?")
        prices = Prices()
        return cls((_entry(d, prices, environ) for d in drafts.values()), environ)

    @property
    def entries(self) -> list[Entry]:
        """All, usable or not, in the files' order."""
        return list(self._entries.values())

    def entry(self, model: str) -> Entry:
        """Raises UnknownModel, which lists the known ones."""
        if model not in self._entries:
            raise UnknownModel(f"no model {model!r} in the catalog; there are {', '.join(self._entries)}")
        return self._entries[model]

    def secret(self, model: str) -> str:
        """The key itself, "" where none is needed or set. For a provider's constructor and nothing else."""
        key = self.entry(model).key
        return self._environ.get(key, "").strip() if key else ""


class _Source:
    """One file: its tables, and the lines they stand at."""

    def __init__(self, path: Path, text: str, tables: list[dict[str, Any]]) -> None:
        self.path, self.tables = path, tables
        self._lines = text.splitlines()

    @classmethod
    def read(cls, path: Path) -> _Source:
        try:
            text = path.read_text(encoding="utf-8")
            return cls(path, text, _tables(path, tomllib.loads(text)))
        except OSError as error:
            raise BadCatalog(f"{path} cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise BadCatalog(f"{path}, line {line}: this is not UTF-8 text; save the file as UTF-8") from None
        except tomllib.TOMLDecodeError as error:
            line, why = _toml_line(str(error), text)
            raise BadCatalog(f"{path}, line {line}: this is not TOML: {why}") from None

    def drafts(self) -> Iterator[_Draft]:
        seen: set[str] = set()
        for number, fields in enumerate(self.tables):
            try:
                check(fields)
                if fields["id"] in seen:
                    raise Problem("id", f"{fields['id']!r} stands twice in this file; give one of them another id")
            except Problem as problem:
                raise self.error(number, problem) from None
            seen.add(fields["id"])
            yield _Draft(fields, self, number)

    def error(self, number: int, problem: Problem) -> BadCatalog:
        name = self.tables[number].get("id")
        who = f"model {name!r}: " if isinstance(name, str) and problem.field != "id" else ""
        return BadCatalog(f"{self.path}, line {self.line(number, problem.field)}: {who}{problem}")

    def line(self, number: int, field: str = "") -> int:
        """The line of a field of the numbered table, or of the table's head."""
        heads = [i for i, line in enumerate(self._lines) if re.match(r"\s*\[\[\s*models\s*\]\]", line)]
        if number >= len(heads):  # written as an inline array: then the file's first mention has to do
            return 1
        end = heads[number + 1] if number + 1 < len(heads) else len(self._lines)
        pattern = re.compile(rf"\s*(\[models\.)?[\"']?{re.escape(field)}[\"']?\s*[=.\]]")
        body = range(heads[number] + 1, end) if field else range(0)
        return 1 + next((i for i in body if pattern.match(self._lines[i])), heads[number])


def _tables(path: Path, found: dict[str, Any]) -> list[dict[str, Any]]:
    tables = found.pop("models", [])
    if found:
        raise BadCatalog(f"{path}: unknown table {next(iter(found))!r}; each model is a [[models]] table")
    if not isinstance(tables, list) or not all(isinstance(t, dict) for t in tables):
        raise BadCatalog(f"{path}: models must be [[models]] tables, in double brackets")
    return tables


def _toml_line(message: str, text: str) -> tuple[int, str]:
    """Line number and reason in tomllib's message, which says `(at line 3, column 5)` or `(at end of document)`."""
    at = re.search(r" \(at line (\d+), column \d+\)$", message)
    why = re.sub(r" \(at [^)]*\)$", "", message)
    return (int(at[1]) if at else max(1, text.rstrip().count("\n") + 1)), why


def _over(earlier: _Draft, later: _Draft) -> _Draft:
    return replace(later, fields={**earlier.fields, **later.fields})


def _entry(draft: _Draft, prices: Prices, environ: Mapping[str, str]) -> Entry:
    try:
        model = _model(draft.fields, prices)
    except Problem as problem:
        raise draft.source.error(draft.number, problem) from None
    key = draft.fields.get("key", "")
    reason = f"set {key} in the environment to use it" if key and not environ.get(key, "").strip() else ""
    return Entry(model, key, reason, f"{draft.source.path}, line {draft.source.line(draft.number)}")


def _model(fields: Mapping[str, Any], prices: Prices) -> Model:
    given = {k: v for k, v in fields.items() if k not in ("key", "priced_as")}
    if "provider" not in given:
        raise Problem("", "provider is missing; openai for any OpenAI-compatible endpoint, litellm for other vendors")
    if given["provider"] == "openai" and not given.get("endpoint"):
        raise Problem("", "endpoint is missing: the address up to and with /v1, such as http://127.0.0.1:11434/v1")
    if given["provider"] not in PRICELESS:
        given = _priced(fields, prices) | given
        if not {"price_in", "price_out"} <= given.keys():
            raise Problem("", _unpriced(fields))
    capabilities, tags = frozenset(given.pop("capabilities", ())), tuple(given.pop("tags", ()))
    return Model(**given, capabilities=capabilities, tags=tags)


def _priced(fields: Mapping[str, Any], prices: Prices) -> dict[str, Any]:
    """What the price map says of this model: prices in USD per million tokens, context, capabilities."""
    if {"price_in", "price_out", "context", "capabilities"} <= fields.keys():
        return {}
    names = (fields["priced_as"],) if "priced_as" in fields else (fields.get("name", ""), fields["id"])
    return prices.find(*names)


def _unpriced(fields: Mapping[str, Any]) -> str:
    name = fields.get("priced_as") or fields.get("name") or fields["id"]
    return (
        f"no price is known for {name!r}: set price_in and price_out (USD per million tokens; 0 where nobody sends "
        "a bill), or priced_as to its name in litellm's price map"
    )
