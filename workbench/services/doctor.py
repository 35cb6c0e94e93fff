"""What works here, what does not, and what mends it. Looks and changes nothing; never prints a key."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WeightsError, WorkbenchError
from workbench.settings import Settings, shipped

from .wandb_process import online

if TYPE_CHECKING:
    from workbench.catalog import Catalog, Entry
    from workbench.weights import Weights

ROOM = 500_000_000
"""Free bytes below which a disk is called nearly full."""


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str
    mend: str = ""
    needed: bool = True
    """False for what one may well do without: a vendor's key, an optional model."""


def diagnose(settings: Settings, catalog: Catalog) -> list[Check]:
    """Everything looked at, in reading order."""
    return [
        _python(),
        _folder("home", settings.home, "WORKBENCH_HOME"),
        _folder("cache", settings.cache, "WORKBENCH_CACHE"),
        _database(settings.database),
        *_models(settings, catalog),
        *_weights(settings),
        *_keys(catalog),
        _wandb(settings),
        _safety(),
        *_policies(settings),
    ]


def sound(checks: list[Check]) -> bool:
    """Nothing needed is missing, and there is a model to ask."""
    return all(c.ok for c in checks if c.needed)


def _python() -> Check:
    version = platform.python_version()
    return Check(
        "python", sys.version_info >= (3, 11), f"{version} at {sys.executable}", "install Python 3.11 or later"
    )


def _folder(name: str, folder: Path, variable: str) -> Check:
    """Can be written and has room. It need not exist yet: then its nearest parent is asked."""
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    mend = f"set {variable} to a folder of yours with room"
    try:
        with tempfile.TemporaryFile(dir=existing):
            free = shutil.disk_usage(existing).free
    except OSError as error:
        return Check(name, False, f"{folder} cannot be written: {error.strerror or error}", mend)
    detail = f"{folder}, {free / 1e9:,.1f} GB free" + ("" if existing == folder else "; made on first use")
    return Check(name, free >= ROOM, detail, f"free some space, or {mend}")


def _database(path: Path) -> Check:
    if not path.exists():
        return Check("database", True, "none yet; made on first use")
    import duckdb

    size = f"{path.stat().st_size / 1e6:,.1f} MB"
    try:
        duckdb.connect(str(path), read_only=True).close()
    except duckdb.Error as error:
        if owner := _owner(str(error)):
            return Check("database", True, f"{path}, {size}, open in process {owner}; ask and query go through it")
        said = str(error).splitlines()[0]
        return Check("database", False, f"{path} cannot be opened: {said}", "move it away or restore a copy of it")
    return Check("database", True, f"{path}, {size}")


def _owner(said: str) -> str:
    """The process that holds the file, in DuckDB's words about it."""
    if "different configuration than existing connections" in said:
        return str(os.getpid())
    found = re.search(r"lock is held in .*?\(PID (\d+)\)", said)
    return found[1] if found else ""


def _models(settings: Settings, catalog: Catalog) -> Iterator[Check]:
    from .pool import Pool

    entries = Pool(catalog, settings).entries()
    usable = [e for e in entries if not e.reason]
    mend = "run `workbench models pull`, or set a vendor's key"
    yield Check("models", bool(usable), f"{len(usable)} of {len(entries)} can be used", mend)
    for entry in entries:
        yield Check(f"model {entry.model.id}", not entry.reason, entry.reason or _priced(entry), needed=False)


def _priced(entry: Entry) -> str:
    model = entry.model
    word = "nominal, " if model.nominal else ""
    return f"{model.provider}, ${model.price_in:g} in and ${model.price_out:g} out per million tokens ({word}{entry.where})"


def _weights(settings: Settings) -> Iterator[Check]:
    from workbench.weights import described

    try:
        known = described(shipped("weights.toml"))
    except WeightsError as error:
        yield Check("weights", False, str(error), "install the workbench again")
        return
    for weights in known.values():
        yield _file(weights, settings.weights)


def _file(weights: Weights, folder: Path) -> Check:
    present = weights.present(folder)
    detail = f"{weights.path(folder)}, {weights.size / 1e6:,.0f} MB" + ("" if present else ", not here yet")
    return Check(f"weights {weights.model}", present, detail, f"run `workbench models pull {weights.model}`", False)


def _keys(catalog: Catalog) -> Iterator[Check]:
    """Each variable that the catalog names, by whether it is set; never what it holds."""
    for name in dict.fromkeys(e.key for e in catalog.entries if e.key):
        models = [e for e in catalog.entries if e.key == name]
        is_set = bool(catalog.secret(models[0].model.id))
        said = f"{'set' if is_set else 'not set'}; for {', '.join(e.model.id for e in models)}"
        yield Check(f"key {name}", is_set, said, f"export {name}=... to use them", False)


def _wandb(settings: Settings) -> Check:
    if online(settings):
        return Check("wandb", True, f"online, project {settings.wandb_project}", needed=False)
    detail = f"offline: runs are written under {settings.home / 'wandb'}, `wandb sync` sends them later"
    return Check("wandb", True, detail, "set WANDB_API_KEY to send them at once", False)


def _safety() -> Check:
    """Which checks of the strategy `safety` run here."""
    from workbench.safety import names

    lacking = names.missing()
    detail = "all checks" if not lacking else f"all checks but people's names: {lacking} not installed"
    return Check("safety", not lacking, detail, names.MEND, False)


def _policies(settings: Settings) -> Iterator[Check]:
    """Every policy file (safety, domains, rubrics) that cannot be used. What reads one says so when it is imported."""
    from workbench import policy

    from . import rubric  # noqa: F401 - importing it tells of its policies
    from .specs import registry

    strategies = registry()
    for name in strategies.names():
        try:
            strategies.load(name)
        except WorkbenchError as error:
            yield Check(f"strategy {name}", False, str(error), "mend the file or take it away")
    policy.use(settings.home)
    for name, problem in policy.problems().items():
        yield Check(f"policy {name}", False, problem)
