"""Functions stay small and files short: the figures of the codebases we hold up as models."""

from __future__ import annotations

import ast
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
