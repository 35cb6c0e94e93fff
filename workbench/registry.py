"""Plugins are files: a module's name is its plugin's name, and nothing is imported until asked for.

Other packages add theirs under an entry-point group of the package's name (`workbench.strategies`, ...).
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import math
import pkgutil
import re
import reprlib
import traceback
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from .errors import BadParameter, UnknownPlugin, WorkbenchError
from .strategy import Strategy

T = TypeVar("T")
FACT = re.compile(r"^([A-Z][a-z]+(?: [a-z]+){0,2}): ", re.MULTILINE)
"""How a labelled line of a docstring begins."""
INNER = {"strategy", "params"}
"""Keys of a strategy inside another."""
DEEPEST = 8
"""Strategies that may wrap one another."""


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of a plugin, as flags and controls need to know it."""

    name: str
    kind: str
    """number, integer, flag, text, choice, model, models, weights, strategy."""
    default: Any
    help: str = ""
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    field: str = ""
    """Its name in the class, which may end in an underscore."""
    learned: bool = False
    """Whether it takes part when the strategy is fitted."""

    def as_json(self) -> dict[str, Any]:
        """What the command line and the pages are given."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "field"}


class Registry(Generic[T]):
    """The plugins of one package. `base` is what each must define exactly one subclass of."""

    def __init__(self, package: str, base: type[T], group: str = "") -> None:
        self.package, self.base, self.group = package, base, group or f"workbench.{package.rsplit('.', 1)[-1]}"
        self._loaded: dict[str, type[T]] = {}
        self._params: dict[str, tuple[Param, ...]] = {}

    def names(self) -> list[str]:
        path = importlib.import_module(self.package).__path__
        files = {m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")}
        return sorted(files | set(self._foreign))

    def key(self) -> str:
        """Hash of the package's files as they are now: where it differs, a plugin may do something else."""
        digest = hashlib.blake2b(digest_size=16)
        for folder in importlib.import_module(self.package).__path__:
            for file in sorted(Path(folder).glob("*.py")):
                digest.update(f"{file.name}\0{file.stat().st_size}\0".encode() + file.read_bytes())
        return digest.hexdigest()

    def load(self, name: str) -> type[T]:
        """The plugin's class. Raises UnknownPlugin, which lists the known names."""
        if name not in self._loaded:
            self._loaded[name] = self._find(name)
        return self._loaded[name]

    def _find(self, name: str) -> type[T]:
        if name not in self.names():
            noun = self.base.__name__.lower()
            raise UnknownPlugin(f"no {noun} named {reprlib.repr(name)}; there are {', '.join(self.names())}")
        foreign = self._foreign.get(name)
        try:
            return typing.cast("type[T]", foreign.load()) if foreign else self._only_class(f"{self.package}.{name}")
        except WorkbenchError:
            raise
        except Exception as error:  # whatever a plugin's own code does wrong while it is imported
            raise UnknownPlugin(
                f"{name} cannot be imported: {type(error).__name__}: {getattr(error, 'msg', error)} ({_place(error)}); "
                "mend it or take it away"
            ) from error

    def doc(self, name: str) -> str:
        """What the plugin says of itself, without its facts: its module's docstring, else its class's."""
        return self._said(name)[0]

    def facts(self, name: str) -> Mapping[str, str]:
        """What the last paragraph of its docstring states in labelled lines, such as "Source: ..."; {} where there are none."""
        return self._said(name)[1]

    def _said(self, name: str) -> tuple[str, Mapping[str, str]]:
        cls = self.load(name)
        doc = inspect.cleandoc(inspect.getmodule(cls).__doc__ or cls.__doc__ or "")
        text, _, last = doc.rpartition("\n\n")
        if not text or not FACT.match(last):
            return doc, {}
        labels = list(FACT.finditer(last))
        ends = [label.start() for label in labels[1:]] + [len(last)]
        facts = {label[1]: last[label.end() : end] for label, end in zip(labels, ends, strict=True)}
        return text, {label: " ".join(fact.split()) for label, fact in facts.items()}

    def params(self, name: str) -> tuple[Param, ...]:
        if name not in self._params:
            self._params[name] = _params(self.load(name))
        return self._params[name]

    def build(self, name: str, params: Mapping[str, Any] | None = None) -> T:
        """A plugin with these parameters, each checked. Raises UnknownPlugin or BadParameter."""
        known = {p.name: p for p in self.params(name)}
        given = dict(params or {})
        for unknown in given.keys() - known.keys():
            raise BadParameter(f"{name} has no parameter {reprlib.repr(unknown)}; it has {', '.join(known) or 'none'}")
        return self.load(name)(
            **{known[key].field: self._value(name, known[key], value) for key, value in given.items()}
        )

    def _value(self, plugin: str, p: Param, value: Any) -> Any:
        if p.kind != "strategy":
            return coerce(plugin, p, value)
        inner = value if isinstance(value, Strategy) else self._inner(plugin, p, value)
        if getattr(inner, "outermost", False) and not getattr(self.load(plugin), "outermost", False):
            name = type(inner).__module__.rsplit(".", 1)[-1]
            raise BadParameter(
                f"{plugin}.{p.name}: {name} must be outermost, or {plugin} would see and send what {name} keeps back: choose {name} "
                f"with {plugin} as its inner strategy"
            )
        return inner

    def _inner(self, plugin: str, p: Param, value: Any) -> T:
        if isinstance(value, str):
            return self.build(value)
        if isinstance(value, Mapping) and value.keys() <= INNER and isinstance(value.get("strategy"), str):
            inner = value.get("params") or {}
            if isinstance(inner, Mapping) and _depth(value) <= DEEPEST:
                return self.build(value["strategy"], inner)
        raise BadParameter(
            f"{plugin}.{p.name} must be a strategy's name, or its name with its params, at most {DEEPEST} deep"
        )

    @cached_property
    def _foreign(self) -> dict[str, EntryPoint]:
        """Looked up once: it reads the metadata of every installed package."""
        return {e.name: e for e in entry_points(group=self.group)}

    def _only_class(self, path: str) -> type[T]:
        module = importlib.import_module(path)
        classes = [c for _, c in inspect.getmembers(module, inspect.isclass) if c.__module__ == path]
        ours = [c for c in classes if issubclass(c, self.base)]
        found = [c for c in ours if not inspect.isabstract(c)]
        if len(found) == 1:
            return found[0]
        lacks = [
            f"{c.__name__} lacks {' and '.join(sorted(getattr(c, '__abstractmethods__', ())))}"
            for c in ours
            if not found
        ]
        why = "; ".join([f"{path} must define exactly one {self.base.__name__}, it defines {len(found)}", *lacks])
        raise UnknownPlugin(why)


def _place(error: Exception) -> str:
    """File and line of the mistake."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{last.filename}, line {last.lineno}"


def _params(cls: type[Any]) -> tuple[Param, ...]:
    if not is_dataclass(cls):
        return ()
    hints = typing.get_type_hints(cls)
    return tuple(_param(f, hints[f.name]) for f in fields(cls) if f.init and not f.name.startswith("_"))


def _param(f: Field[Any], hint: Any) -> Param:
    meta = f.metadata
    default = f.default_factory() if f.default_factory is not MISSING else f.default
    if isinstance(default, Strategy):
        default = type(default).__module__.rsplit(".", 1)[-1]
    kind = meta.get("kind") or ("choice" if meta.get("choices") else _kind(hint))
    return Param(
        shown(f.name),
        kind,
        None if default is MISSING else default,
        meta.get("help", ""),
        meta.get("low"),
        meta.get("high"),
        meta.get("unit", ""),
        meta.get("choices", ()),
        f.name,
        meta.get("learned", False),
    )


def shown(field: str) -> str:
    """A parameter's name as flags, pages and Specs have it."""
    return field.rstrip("_")


def _kind(hint: Any) -> str:
    if isinstance(hint, types.UnionType):
        hint = next(a for a in hint.__args__ if a is not type(None))
    origin = typing.get_origin(hint) or hint
    if isinstance(origin, type) and issubclass(origin, Strategy):
        return "strategy"
    kinds = {bool: "flag", int: "integer", float: "number", str: "text", dict: "weights", list: "models"}
    return kinds.get(origin, "text")


def _depth(value: Any) -> int:
    """How many strategies wrap one another here, as far as it matters."""
    level, depth = [value], 0
    while level and depth <= DEEPEST:
        depth += 1
        params = [v.get("params") for v in level]
        level = [w for p in params if isinstance(p, Mapping) for w in p.values() if isinstance(w, Mapping)]
    return depth


def coerce(plugin: str, p: Param, value: Any) -> Any:
    """The value as the parameter's type, from JSON or from a command line's text. Raises BadParameter."""
    where = f"{plugin}.{p.name}"
    if value is None and p.default is None:
        return None
    match p.kind:
        case "flag":
            return _flag(where, value)
        case "number" | "integer":
            return _number(where, p, value)
        case "weights":
            return _weights(where, value)
        case "models":
            return _models(where, value)
        case "choice" if value not in p.choices:
            raise BadParameter(f"{where} must be one of {', '.join(p.choices)}, not {reprlib.repr(value)}")
    if not isinstance(value, str):
        raise BadParameter(f"{where} must be text, not {reprlib.repr(value)}")
    return value


def _flag(where: str, value: Any) -> bool:
    named = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    found = value if isinstance(value, bool) else named.get(str(value).lower())
    if found is None:
        raise BadParameter(f"{where} must be true or false, not {reprlib.repr(value)}")
    return found


def _number(where: str, p: Param, value: Any) -> float | int:
    try:
        number = int(value) if p.kind == "integer" else float(value)
        if isinstance(value, bool) or (isinstance(value, float) and number != value == value):
            raise ValueError  # true is not 1, and 1.5 is no whole number
    except (TypeError, ValueError, OverflowError):
        noun = "a whole number" if p.kind == "integer" else "a number"
        raise BadParameter(f"{where} must be {noun}, not {reprlib.repr(value)}") from None
    low, high = p.low, p.high
    if (
        number != number
        or abs(number) == math.inf
        or (low is not None and number < low)
        or (high is not None and number > high)
    ):
        limits = " and ".join(
            text
            for text, limit in (
                (f"at least {low:g}" if low is not None else "", low),
                (f"at most {high:g}" if high is not None else "", high),
            )
            if limit is not None
        )
        raise BadParameter(f"{where} must be {limits or 'a finite number'}, not {reprlib.repr(value)}")
    return number


def _models(where: str, value: Any) -> list[str]:
    """`["a", "b"]` or `a,b`."""
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise BadParameter(f"{where} must look like model-a,model-b, not {reprlib.repr(value)}")
    return [name.strip() for name in names if name.strip()]


def _weights(where: str, value: Any) -> dict[str, float]:
    """`{"a": 1}` or `a=1,b=2`."""
    try:
        pairs = (
            [pair.rsplit("=", 1) for pair in value.split(",") if pair]
            if isinstance(value, str)
            else list(dict(value).items())
        )
        weights = {str(k).strip(): float(v) for k, v in pairs}
    except (TypeError, ValueError, OverflowError):
        raise BadParameter(f"{where} must look like model-a=1,model-b=2, not {reprlib.repr(value)}") from None
    for name, weight in weights.items():
        if not (math.isfinite(weight) and weight >= 0):
            raise BadParameter(f"{where}: {name} must have a weight of 0 or more, not {weight!r}")
    return weights
