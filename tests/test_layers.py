"""The import graph points one way (DESIGN: ui, gateway, cli -> services -> edges -> strategy -> session -> types)."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = (
    ("types", "errors"),
    ("events", "settings", "patience", "health", "sandbox", "agreeing"),
    ("session", "recorded", "preferences", "decisions", "policy"),
    ("strategy", "outcomes", "votes", "tradeoff", "cascading"),
    (
        "registry",
        "store",
        "providers",
        "importers",
        "metrics",
        "graders",
        "catalog",
        "embed",
        "weights",
        "suite",
        "palette",
        "template",
    ),
    ("safety",),
    ("services",),
    ("ui", "gateway", "bench"),
    ("cli",),
)
PARTS = {
    "entry": "catalog",
    "prices": "catalog",
    "index": "weights",
    "download": "weights",
    "minilm": "embed",
    "onnx": "embed",
    "sentence": "embed",
    "vectors": "embed",
}
"""Modules that are part of another unit."""
OPEN_TO_STRATEGIES = {"workbench.session", "workbench.strategy", "workbench.types", "workbench.errors"} | {
    "workbench.events",
    "workbench.embed",
    "workbench.vectors",
    "workbench.onnx",
    "workbench.recorded",
    "workbench.preferences",
    "workbench.tradeoff",
    "workbench.cascading",
    "workbench.decisions",
    "workbench.policy",
    "workbench.safety.guard",
    "workbench.safety.policy",
    "workbench.safety.screen",
    "workbench.health",
    "workbench.template",
    "workbench.sandbox",
    "workbench.agreeing",
}
SQL = re.compile(
    r"\bselect\s.*\sfrom\s.*\s(where|group by|order by|limit)\s|\binsert\s+into\s|\bcreate\s+table\s", re.DOTALL
)
HEAVY = {"gradio", "litellm", "wandb", "torch", "sentence_transformers", "xllamacpp", "polars", "duckdb", "fastapi"}


@cache
def modules() -> dict[str, Path]:
    """Dotted name -> file, of everything that is ours and runs."""
    files = [*ROOT.glob("workbench/**/*.py"), *ROOT.glob("strategies/**/*.py")]
    return {".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f for f in files}


@cache
def imports(module: str, at_top_only: bool = False) -> frozenset[str]:
    """Full names of all that a module imports, inside functions too unless told otherwise."""
    path = modules()[module]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in tree.body if at_top_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parts, *([node.module] if node.module else [])])
            found |= {base} | {f"{base}.{alias.name}" for alias in node.names}
    return frozenset(found)


def unit(module: str) -> str | None:
    """The part of `workbench` that a module belongs to; None for what is not in it or is the package itself."""
    parts = module.split(".")
    if parts[0] != "workbench" or len(parts) == 1 or parts[1].startswith("__"):
        return None
    return PARTS.get(parts[1], parts[1])


def layer(name: str) -> int:
    return next(i for i, names in enumerate(LAYERS) if name in names)


@cache
def edges() -> set[tuple[str, str]]:
    """Imports between units of `workbench`, as (module, imported)."""
    ours = modules()
    return {(m, i) for m in ours for i in imports(m) if i in ours and unit(m) and unit(i) and unit(m) != unit(i)}


def test_every_module_has_its_place() -> None:
    units = {name for name in map(unit, modules()) if name}
    assert units <= {name for names in LAYERS for name in names}


def test_imports_point_down() -> None:
    up = [f"{m} imports {i}" for m, i in sorted(edges()) if layer(str(unit(i))) > layer(str(unit(m)))]
    assert up == []


def test_units_of_one_layer_do_not_import_each_other() -> None:
    level = [f"{m} imports {i}" for m, i in sorted(edges()) if layer(str(unit(i))) == layer(str(unit(m))) > 3]
    assert level == []


def test_there_is_no_cycle_between_modules() -> None:
    ours = modules()
    graph = {m: {i for i in imports(m, at_top_only=True) if i in ours and i != m} for m in ours}
    while free := {m for m, needs in graph.items() if not needs & graph.keys()}:
        graph = {m: needs for m, needs in graph.items() if m not in free}
    assert graph == {}


def test_sql_of_our_database_is_written_in_the_store_alone() -> None:
    """The cache of embeddings is a file of its own; the command line shows an example of what its user may ask."""
    free = ("workbench.store", "workbench.embed", "workbench.cli.data")
    said = {
        module
        for module, path in modules().items()
        if not module.startswith(free)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    }
    assert said == set()


@pytest.mark.parametrize("module", sorted(m for m in modules() if m.startswith("strategies")))
def test_strategies_import_only_what_is_theirs(module: str) -> None:
    ours = {i for i in imports(module) if i in modules()}
    assert {i for i in ours if not i.startswith("strategies")} <= OPEN_TO_STRATEGIES


def test_workbench_names_no_strategy() -> None:
    assert [
        m for m in modules() if m.startswith("workbench") and any(i.startswith("strategies") for i in imports(m))
    ] == []


@pytest.mark.parametrize("module", ["types", "errors", "events", "session", "strategy"])
def test_the_core_needs_only_the_standard_library(module: str) -> None:
    tops = {i.split(".")[0] for i in imports(f"workbench.{module}")} - {"workbench"}
    assert tops <= sys.stdlib_module_names


def test_nothing_heavy_is_imported_on_the_way_to_the_command_line() -> None:
    """What `workbench --help` loads: the modules that cli reaches through imports at top level."""
    reached, todo = set(), {"workbench.cli"}
    while todo:
        module = todo.pop()
        reached.add(module)
        todo |= {i for i in imports(module, at_top_only=True) if i in modules()} - reached
    heavy = {(m, i) for m in reached for i in imports(m, at_top_only=True) if i.split(".")[0] in HEAVY}
    assert heavy == set()
