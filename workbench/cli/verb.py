"""How verbs and their options are declared: one way to say a number with limits, a day, `name=value`, and a list of names."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import date
from typing import Any

from workbench.settings import Settings

from .console import Console

Verbs = argparse._SubParsersAction  # argparse gives the type no public name
PLACES = ("here", "ray")
"""Where long work may be done."""
Run = Callable[[argparse.Namespace, Settings, Console], int]


def verb(verbs: Verbs[argparse.ArgumentParser], name: str, help: str, run: Run) -> argparse.ArgumentParser:
    """A verb that prints data, so it takes --json."""
    described = help[0].upper() + help[1:] + "."
    added = verbs.add_parser(name, help=help, description=described, allow_abbrev=False)
    added.add_argument("--json", action="store_true", help="one JSON document on stdout, notes on stderr")
    added.set_defaults(run=run)
    return added


def number(low: float, high: float) -> Callable[[str], float]:
    """A type of option: a number from low to high."""

    def read(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low:g} to {high:g}, not {text}")
        return value

    read.__name__ = "number"
    return read


def count(low: int, high: int) -> Callable[[str], int]:
    """A type of option: a whole number from low to high."""

    def read(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}, not {text}")
        return value

    read.__name__ = "whole number"
    return read


def day(text: str) -> date:
    """A type of option: a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a day such as 2026-11-30, not {text!r}") from None


def pair(text: str) -> tuple[str, Any]:
    """`name=value`; a value in braces is JSON (a wrapped strategy with its own parameters)."""
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"must look like name=value, not {text!r}")
    if not value.startswith("{"):
        return name.strip(), value
    try:
        return name.strip(), json.loads(value)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{name}: {value!r} is not JSON ({error})") from None


def names(text: str) -> list[str]:
    """`a,b,c`."""
    return [part.strip() for part in text.split(",") if part.strip()]
