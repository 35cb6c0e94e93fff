"""A home in which every strategy can answer: scripted models, and a fit of each that learns from recorded outcomes of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from strategies._wrapping import Wrapping
from tests import toy
from workbench.outcomes import load
from workbench.services.desk import learn
from workbench.services.specs import registry
from workbench.settings import Settings
from workbench.strategy import Strategy

NAMES = registry().names()
PARAMS: Mapping[str, Mapping[str, Any]] = {"fixed": {"model": "tiny"}}
"""What has no default."""


def make(home: Path) -> Path:
    toy.make(home, n=120)
    models = (
        f'[[models]]\nid = "{name}"\nprovider = "scripted"\nprice_in = {usd * 1e5}\nprice_out = {usd * 1e5}\n'
        f'options = {{ text = "What {name} says." }}\n'
        for name, usd in toy.MODELS.items()
    )
    (home / "models.toml").write_text("".join(models), encoding="utf-8")
    settings, data = Settings.from_env({"WORKBENCH_HOME": str(home)}), load("toy", home)
    for name in NAMES:
        kind = registry().load(name)
        if kind.fit is not Strategy.fit and not issubclass(kind, Wrapping):  # a wrapper learns by what it wraps
            learn(settings, name, {}, data)
    return home
