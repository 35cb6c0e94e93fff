"""`workbench models`, `strategies` and `doctor`: what there is to compare, and what of it works here."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from workbench.errors import UnknownModel, WorkbenchError
from workbench.settings import Settings, shipped

from .console import Console
from .verb import Verbs, verb

if TYPE_CHECKING:
    from workbench.services.fit import Fits


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    listing = verb(verbs, "models", "list the models, or fetch the files of local ones", models)
    listing.add_argument("action", nargs="?", choices=["pull"], help="pull fetches the files of local models")
    listing.add_argument("names", nargs="*", metavar="NAME", help="which to fetch (all that are missing)")
    chosen = verb(verbs, "strategies", "list the strategies, or tell how one works and its parameters", strategies)
    chosen.add_argument("names", nargs="*", metavar="NAME", help="only these")
    verb(verbs, "doctor", "say what is usable here, what is not, and why", doctor)


def models(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    if args.action == "pull":
        return pull(args, settings, console)
    from workbench.services.desk import load_catalog
    from workbench.services.pool import Pool
    from workbench.services.vitals import recall

    pool = Pool(load_catalog(settings), settings)
    recall(settings, pool)
    found = [entry.as_json() | pool.health.of(entry.model.id).as_json() for entry in pool.entries()]
    console.document(found)
    console.table([_line(m) for m in found])
    if any(m["nominal"] for m in found):
        console.say("Prices in USD per million tokens, in / out; * nominal: made up, nobody sends a bill.")
    return 0


def _line(m: dict[str, Any]) -> dict[str, Any]:
    price = f"{m['price_in']:g} / {m['price_out']:g}{' *' if m['nominal'] else ''}"
    usable = "usable" if m["usable"] else f"no: {m['reason']}"
    line = {"model": m["id"], "provider": m["provider"], "price": price, "context": m["context"]}
    return line | {"lately": _lately(m), "usable": usable}


def _lately(m: dict[str, Any]) -> str:
    """How its calls of the last hour went, and what its breaker does about it."""
    breaker, said = m["breaker"], []
    if breaker["state"] == "open":
        said.append(f"breaker open for {breaker['retry_in_s']:.0f} s")
    elif breaker["state"] == "half-open":
        said.append("breaker half-open")
    if m["latency_s"] is not None:
        said.append(f"{m['latency_s']:.2f} s")
    if m["error_rate"]:
        said.append(f"{m['error_rate']:.0%} failed")
    return ", ".join(said)


def pull(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench import weights

    from .progress import Bar

    known = weights.described(shipped("weights.toml"))
    if unknown := [name for name in args.names if name not in known]:
        raise UnknownModel(f"no weights are known for {', '.join(unknown)}; there are {', '.join(known)}")
    done = []
    for name in args.names or known:
        here = known[name].present(settings.weights)
        path = weights.pull(known[name], settings.weights, Bar(console.err), settings.environ)
        done.append({"model": name, "path": str(path), "fetched": not here})
        console.say(f"{name}: {path}{' (was here already)' if here else ''}")
    console.document(done)
    return 0


def strategies(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services.fit import Fits, FittedStrategies, fitted

    fits = Fits.at(settings.home)
    known = FittedStrategies(fits)
    found: list[dict[str, Any]] = [
        {
            "name": n,
            "doc": known.doc(n),
            "facts": known.facts(n),
            "params": [p.as_json() for p in known.params(n)],
            "fitted": _fitted(fits, n),
        }
        for n in args.names or known.names()
    ]
    console.document(found)
    learned = {s["name"]: fitted(known, fits, s["name"]) for s in found}
    if args.names:
        for strategy in found:
            _show(strategy, learned[strategy["name"]], console)
    else:
        _overview(found, learned, console)
    return 0


def _overview(found: list[dict[str, Any]], learned: dict[str, str], console: Console) -> None:
    """A line for each."""
    width = max(len(s["name"]) for s in found)
    for s in found:
        note = " (not fitted yet)" if learned[s["name"]].startswith("not fitted") else ""
        console.say(f"{s['name']:{width}}  {_summary(s)}{note}".rstrip())
    console.say("\n`workbench strategies NAME` tells how one works, what it learns from, and its parameters.")


def _summary(strategy: dict[str, Any]) -> str:
    return str(strategy["doc"].partition("\n")[0])


def _fitted(fits: Fits, name: str) -> dict[str, Any]:
    """What made its fit; one that cannot be read says why in `problem`."""
    from workbench.services.online import HEARD

    try:
        return {key: value for key, value in fits.about(name).items() if key != HEARD}
    except WorkbenchError as error:
        return {"problem": str(error)}


def _show(strategy: dict[str, Any], learned: str, console: Console) -> None:
    console.say(f"{strategy['name']}: {_summary(strategy)}")
    for line in strategy["doc"].splitlines()[1:]:
        console.say(f"  {line}".rstrip())
    for label, fact in strategy["facts"].items():
        console.say(f"  {label}: {fact}")
    if learned:
        console.say(f"    {learned}")
    for p in strategy["params"]:
        console.say(f"    --param {p['name']}={_default(p['default'])}  {p['help']}{_limits(p)}")


def _default(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{k}={v:g}" for k, v in value.items())
    return "" if value is None else f"{value}"


def _limits(p: dict[str, Any]) -> str:
    limits = [f"{word} {p[key]:g}" for word, key in (("from", "low"), ("to", "high")) if p[key] is not None]
    said = " ".join([*limits, p["unit"]]).strip() or ", ".join(p["choices"])
    return f" ({said})" if said else ""


def doctor(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services.desk import load_catalog
    from workbench.services.doctor import diagnose, sound

    checks = diagnose(settings, load_catalog(settings))
    console.document([asdict(check) for check in checks])
    for check in checks:
        mark = "ok  " if check.ok else "FAIL" if check.needed else "-   "
        console.say(f"{mark}  {check.name}: {check.detail}{f' -> {check.mend}' if check.mend and not check.ok else ''}")
    return 0 if sound(checks) else 1
