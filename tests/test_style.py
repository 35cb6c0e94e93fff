"""Functions stay small and files short: the figures of the codebases we hold up as models."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILES = sorted([*ROOT.glob("workbench/**/*.py"), *ROOT.glob("strategies/**/*.py")])


def functions() -> dict[str, int]:
    """Lines of every function, by file and name."""
    return {
        f"{file.relative_to(ROOT)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }


def test_functions_are_small() -> None:
    lengths = sorted(functions().values())
    assert statistics.median(lengths) <= 10
    assert statistics.quantiles(lengths, n=10)[8] <= 35


def test_no_function_is_longer_than_a_screen() -> None:
    assert {name: lines for name, lines in functions().items() if lines > 60} == {}


def test_no_file_is_long() -> None:
    lengths = {str(f.relative_to(ROOT)): len(f.read_text(encoding="utf-8").splitlines()) for f in FILES}
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}


def test_every_module_says_what_it_is() -> None:
    written = {str(f.relative_to(ROOT)): f.read_text(encoding="utf-8") for f in FILES}
    assert [name for name, text in written.items() if text and not ast.get_docstring(ast.parse(text))] == []


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "common", "core", "misc", "manager", "base"}
    assert [str(f.relative_to(ROOT)) for f in FILES if f.stem.strip("_") in vague and f.stem != "__init__"] == []


def test_whatever_is_let_off_a_rule_says_why() -> None:
    """A noqa, a type that is not checked, an except for everything."""
    code = re.compile(
        r"# (?:noqa(?:: [A-Z0-9, ]+)?|type: ignore(?:\[[\w, -]+\])?)(?P<why>.*)$|except Exception\b[^#]*(?P<also>#.*)?$"
    )
    silent = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in [*FILES, *ROOT.glob("tests/**/*.py")]
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if (found := code.search(line)) and len((found["why"] or found["also"] or "").strip(" #-")) < 5
    ]
    assert sorted(silent) == []
