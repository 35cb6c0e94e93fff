"""One model's table in a catalog file: which fields there are, and what each may hold. Knows no file and no line."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

CAPABILITIES = ("vision", "tools", "json", "logprobs")


class Problem(ValueError):
    """What is wrong with a field, and what mends it. The catalog adds file and line."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(f"{field} {text}" if field else text)
        self.field = field


def check(table: Mapping[str, Any]) -> None:
    """Raises Problem for the first field that is unknown or holds what it may not."""
    if "id" not in table:
        raise Problem("", 'a model without an id: add id = "..."')
    for field, value in table.items():
        if field not in FIELDS:
            raise Problem(field, f"is not a field of a model{_meant(field)}; there are {', '.join(FIELDS)}")
        FIELDS[field](field, value)


def _meant(field: str) -> str:
    close = difflib.get_close_matches(field, FIELDS, 1)
    return f"; did you mean {close[0]}?" if close else ""


def _text(field: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise Problem(field, f"must be text, not {value!r}")


def _id(field: str, value: Any) -> None:
    _text(field, value)
    if not re.fullmatch(r"[A-Za-z0-9][\w.:/@+-]{0,127}", value):
        raise Problem(field, f"must be letters, digits and . : / @ + - _ without spaces, not {value!r}")


def _address(field: str, value: Any) -> None:
    _text(field, value)
    try:
        url = urlsplit(value)
        sound = url.scheme in ("http", "https") and bool(url.hostname) and (url.port or 1) > 0
    except ValueError:
        sound = False
    if not sound:
        raise Problem(field, f"must be an address such as http://127.0.0.1:11434/v1, not {value!r}")
    if url.username or url.password or url.query:
        raise Problem(field, "must hold no password or query: name the variable that holds the key in key")


def _key(field: str, value: Any) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,63}", value):
        # The value is not quoted: it may be a key.
        raise Problem(
            field, "must be the name of an environment variable, such as OPENAI_API_KEY, never the key itself"
        )


def _price(field: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise Problem(field, f"must be USD per million tokens, 0 or more, not {value!r}")


def _context(field: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Problem(field, f"must be a whole number of tokens, not {value!r}")


def _capabilities(field: str, value: Any) -> None:
    _texts(field, value)
    for name in value:
        if name not in CAPABILITIES:
            raise Problem(field, f"has no {name!r}; there are {', '.join(CAPABILITIES)}")


def _texts(field: str, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise Problem(field, f'must be a list of text such as ["a", "b"], not {value!r}')


def _flag(field: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise Problem(field, f"must be true or false, not {value!r}")


def _options(field: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise Problem(field, f"must be a table such as {{ timeout_s = 60 }}, not {value!r}")


FIELDS: dict[str, Callable[[str, Any], None]] = {
    "id": _id,
    "provider": _text,
    "name": _text,
    "endpoint": _address,
    "key": _key,
    "price_in": _price,
    "price_out": _price,
    "priced_as": _text,
    "context": _context,
    "capabilities": _capabilities,
    "region": _text,
    "group": _text,
    "tags": _texts,
    "nominal": _flag,
    "options": _options,
}
