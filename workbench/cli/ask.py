"""`workbench ask` and `workbench route`: one prompt through one strategy, with and without calling a model."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workbench.errors import BadInput
from workbench.settings import Settings

from .console import Console
from .verb import Verbs, count, names, number, pair, verb

if TYPE_CHECKING:
    from workbench.events import Event, Run
    from workbench.registry import Registry
    from workbench.services.ask import Asking, Question
    from workbench.strategy import Strategy
    from workbench.types import Decision, Model


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    asking = verb(verbs, "ask", "ask one prompt through a strategy, stream the answer and log the run", ask)
    routing = verb(verbs, "route", "say which model a strategy would ask, without asking it", route)
    for parser in (asking, routing):
        parser.add_argument("prompt", help="the prompt, or - to read it from standard input")
        parser.add_argument("--strategy", default="complexity", metavar="NAME", help="which strategy (complexity)")
        parser.add_argument(
            "--param", action="append", default=[], type=pair, metavar="NAME=VALUE", help="a parameter of the strategy"
        )
        parser.add_argument("--pool", type=names, metavar="A,B", help="models to choose from (every usable one)")
        parser.add_argument("--system", default="", metavar="TEXT", help="system prompt")
    asking.add_argument("--temperature", type=number(0, 2), metavar="T", help="0 to 2 (0.2)", default=0.2)
    asking.add_argument("--max-tokens", type=count(1, 1_000_000), metavar="N", help="longest answer (512)", default=512)
    asking.add_argument("--budget", type=number(0, 1e6), metavar="USD", help="most the whole run may cost")


def ask(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    import asyncio

    return asyncio.run(_ask(args, settings, console))


async def _ask(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services.ask import candidates, prepare
    from workbench.services.desk import Desk

    text = prompt_text(args.prompt)
    desk = Desk.open(settings)
    try:
        question = _question(args, text, candidates(desk.pool, args.pool))
        asking = prepare(desk.strategies, question, desk.store.new_id())
        try:
            await asking.answer(desk.pool, Stream(console, asking.run))
        finally:
            await desk.store.append(asking.rows(datetime.now(UTC)))
    finally:
        await desk.close()
    return _report(facts(asking), console)


def route(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.services.ask import candidates, prepare
    from workbench.services.desk import fitted, load_catalog
    from workbench.services.pool import Pool
    from workbench.services.vitals import recall

    models = Pool(load_catalog(settings), settings)
    recall(settings, models)
    pool = candidates(models, args.pool, called=False)
    strategies = fitted(settings)
    asking = prepare(strategies, _question(args, prompt_text(args.prompt), pool), "route")
    decision = asking.decide()
    if decision is None:
        raise BadInput(_no_route(asking, strategies))
    spec = asking.spec
    console.document(
        {"strategy": spec.strategy, "params": dict(spec.params), "class": decision.label, **_route(decision)}
    )
    _lines(console, ("class", decision.label), ("model", decision.model), ("why", decision.why))
    if decision.propensity < 1:
        _lines(console, ("chance", f"{decision.propensity:.3g}"))
    ranked = sorted(decision.scores.items(), key=lambda pair: -pair[1])
    _lines(console, *(("score", f"{score:<9.4g} {model}") for model, score in ranked))
    return 0


def _no_route(asking: Asking, strategies: Registry[Strategy]) -> str:
    from workbench.services.ask import routers, undecided

    name, inner = asking.spec.strategy, undecided(asking.strategy)
    around = f", which {name} wraps," if inner != name else ""
    return (
        f"there is no route to tell beforehand: {inner}{around} is no router, so which models it asks hangs on how its calls go. "
        f"`workbench ask --strategy {name}` asks them and shows every step. These decide beforehand: {', '.join(routers(strategies))}"
    )


def _route(decision: Decision) -> dict[str, Any]:
    return {name: value for name, value in asdict(decision).items() if name != "label"}


def _lines(console: Console, *lines: tuple[str, str]) -> None:
    for name, value in lines:
        if value:
            console.say(f"{name:10} {value}")


def _question(args: argparse.Namespace, text: str, pool: list[Model]) -> Question:
    from workbench.services.ask import Question

    request = {"temperature": args.temperature, "max_tokens": args.max_tokens} if "temperature" in args else {}
    budget = getattr(args, "budget", None)
    return Question(text, pool, args.strategy, dict(args.param), args.system, request, budget)


def prompt_text(given: str) -> str:
    """The prompt of the command line. Raises BadInput when standard input is not UTF-8 text."""
    if given != "-":
        return given
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"standard input is not UTF-8 text (byte {error.start}): convert it first") from None


def _report(found: dict[str, Any], console: Console) -> int:
    """The facts of a run, after its answer. A failed run is exit code 1, its reason on stderr."""
    console.document(found)
    console.say()
    about = "about " if found["estimated"] else ""
    first = f", first token {found['ttft_s']:.2f} s" if found["ttft_s"] is not None else ""
    calls = f", {len(found['calls'])} calls" if len(found["calls"]) > 1 else ""
    _lines(
        console,
        ("class", found["class"]),
        ("model", found["model"]),
        ("why", found["why"]),
        ("tokens", f"{about}{found['tokens_in']} in, {found['tokens_out']} out{calls}"),
        ("cost", f"${found['cost_usd']:.6f}{' (nominal)' if found['nominal'] else ''}"),
        ("latency", f"{found['latency_s']:.2f} s{first}"),
        ("cut", "the answer broke off here; what had come is kept" if found["cut"] else ""),
        ("run", found["run"]),
    )
    if found["error"]:
        console.note(f"workbench: {found['error']}")
    return 1 if found["error"] else 0


@dataclass
class Stream:
    """Prints an answer as it comes; what an abandoned call left on the screen is said to be abandoned."""

    console: Console
    run: Run
    shown: int | None = None
    """Number of the call whose words are on the screen."""
    broken: int | None = None
    """Of the last call that broke off after some words."""

    def __call__(self, event: Event) -> None:
        from workbench.events import CallFailed, Delta, Finished

        if isinstance(event, Delta) and self.run.attempts[event.n].call.role == "answer":
            self.shown = event.n
            self.console.say(event.text, end="")
        elif isinstance(event, CallFailed):
            self._break()
            self.console.note(f"{self.run.attempts[event.n].call.model} failed: {event.error}")
        elif isinstance(event, Finished):
            if event.answer and self._unread(event.answer.reply.text):
                self._break()
                self.console.say(event.answer.reply.text, end="")
            self.console.say()

    def _unread(self, answer: str) -> bool:
        """An accepted draft, say: what is on the screen is something else. A cut answer is, when it was kept."""
        shown = self.broken if self.run.cut else self.shown
        return shown is None or self.run.attempts[shown].text != answer

    def _break(self) -> None:
        if self.shown is not None:
            self.console.say()
            self.broken = self.shown
        self.shown = None


def facts(asking: Asking) -> dict[str, Any]:
    """What `ask` knows after the run, as the JSON document has it. `cost_usd` is of all calls."""
    run, d, pool = asking.run, asking.run.decision, {m.id: m for m in asking.prompt.models}
    asked = [a for a in run.attempts if a.call.model in pool]
    return {
        "run": asking.id,
        "strategy": asking.spec.strategy,
        "params": dict(asking.spec.params),
        "text": run.text,
        "class": d.label if d else "",
        "model": run.answer.model if run.answer else d.model if d else "",
        "why": d.why if d else "",
        "scores": dict(d.scores) if d else {},
        "propensity": d.propensity if d else None,
        "tokens_in": sum(u.tokens_in for u in run.usages),
        "tokens_out": sum(u.tokens_out for u in run.usages),
        "estimated": any(u.estimated for u in run.usages),
        "cost_usd": run.cost_usd,
        "nominal": any(pool[a.call.model].nominal for a in asked),
        "latency_s": run.latency_s,
        "ttft_s": run.ttft_s,
        "cut": run.cut,
        "calls": [
            {"model": a.call.model, "role": a.call.role, "cost_usd": a.cost_usd, "error": a.error} for a in asked
        ],
        "error": run.error,
        "error_kind": run.kind,
    }
