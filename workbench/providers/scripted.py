"""A model that is not there: answers at the pace, price and reliability its catalog entry says.

It runs demos, tests and benchmarks without a key or a network. Everything follows from the call and the options:
the same call gets the same words. `Model.options` it reads:

* latency_s        seconds before the first token (0)
* tokens_per_s     pace after it; 0 sends everything at once (0)
* words            length of the answer (40)
* text             the answer itself, instead of words made from the prompt
* logprob          mean log-probability it reports
* fault            a name, or a table {name, chance, first, after, retry_after_s, slow_s}:
    429 (with retry_after_s), 500, hang, slow (slow_s more before the first token), cut, garbage, refused.
    `chance` 0..1 of the calls fail; only the `first` N calls fail; cut, hang and garbage come `after` N tokens.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from workbench.errors import BadCatalog, ServerFailed
from workbench.events import Delta
from workbench.types import NOTHING, Call, Model, Reply, Usage, sent_tokens

from . import _errors

FAULTS = ("429", "500", "hang", "slow", "cut", "garbage", "refused")
BEAT_S = 0.004
"""A chunk comes up to this much late."""
POOLS = ("at_once", "breaker")
"""Options of the pool, not ours."""
MIDWAY = ("hang", "cut", "garbage")
WORDS = tuple(
    "route prompt model answer price token cheap small large fast slow score reason because often never each "  # noqa: SIM905 - a list of words reads better so
    "first then last more less same other good plain long short clear question result measure compare choose".split()
)


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    chance: float = 1.0
    first: int | None = None
    after: int = 0
    retry_after_s: float | None = None
    slow_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Script:
    """The options, checked."""

    latency_s: float = 0.0
    tokens_per_s: float = 0.0
    words: int = 40
    text: str = ""
    logprob: float | None = None
    fault: Fault | None = None


class Scripted:
    def __init__(self, model: Model) -> None:
        self.model = model
        self._script = script(model.id, model.options)
        self._beat = Beat()
        self._asked: Counter[str] = Counter()

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        started = time.monotonic()
        script, fault = self._script, self._fault(call)
        if fault is not None and fault.name == "refused":
            raise ServerFailed(f"{self.model.id}: cannot connect (scripted fault): choose another model")
        tokens, finish = self._tokens(call)
        begin = started + script.latency_s + (fault.slow_s if fault is not None and fault.name == "slow" else 0.0)
        if (left := begin - time.monotonic()) > 0:
            await asyncio.sleep(left)
        if fault is not None:
            self._refuse(fault)
        ttft = time.monotonic() - started
        step = 1.0 / script.tokens_per_s if script.tokens_per_s else 0.0
        last = len(tokens) if fault is None or fault.name not in MIDWAY else min(fault.after, len(tokens))
        for i in range(last):
            if step and (due := begin + i * step) > time.monotonic():
                await self._beat.at(due)
            yield Delta(tokens[i])
        text = "".join(tokens[:last])
        if fault is not None:
            await self._break(fault, text)
        yield self._reply(call, text, last, finish, time.monotonic() - started, ttft)

    def _fault(self, call: Call) -> Fault | None:
        """The fault that strikes this call, decided by the call and how often it was asked."""
        fault = self._script.fault
        if fault is None:
            return None
        self._asked["all"] += 1
        if fault.first is not None and self._asked["all"] > fault.first:
            return None
        if fault.chance < 1:
            self._asked[call.key] += 1
            if random.Random(f"{call.key} {self._asked[call.key]}").random() >= fault.chance:  # noqa: S311 - the same call fares the same
                return None
        return fault

    def _refuse(self, fault: Fault) -> None:
        if fault.name == "429":
            raise _errors.of_status(
                self.model.id, 429, "scripted fault", {"retry-after": str(fault.retry_after_s or "")}
            )
        if fault.name == "500":
            raise _errors.of_status(self.model.id, 500, "scripted fault")

    async def _break(self, fault: Fault, text: str) -> None:
        match fault.name:
            case "hang":
                await asyncio.get_running_loop().create_future()
            case "cut":
                raise _errors.cut(self.model.id, text, "scripted fault")
            case "garbage":
                raise _errors.garbled(self.model.id, "scripted fault")

    def _tokens(self, call: Call) -> tuple[list[str], str]:
        """The answer word by word, and how it finishes."""
        text = self._script.text or made_up(call, self._script.words)
        words = text.split(" ")
        tokens = [f"{word} " for word in words[:-1]] + words[-1:]
        most = call.params.get("max_tokens") or call.params.get("max_completion_tokens")
        return (tokens[:most], "length") if most and most < len(tokens) else (tokens, "stop")

    def _reply(self, call: Call, text: str, tokens: int, finish: str, latency: float, ttft: float) -> Reply:
        usage = Usage(sent_tokens(call.messages, call.params), tokens)
        return Reply(text, usage, self.model.cost_usd(usage), latency, ttft, self._script.logprob, finish)


def made_up(call: Call, words: int) -> str:
    """Sentences that follow from the call alone. They do not name the model, which a blind reader may not know."""
    rng = random.Random(call.key)  # noqa: S311 - the same call fares the same
    said = rng.choices(WORDS, k=max(1, words))
    for i in range(0, len(said), 10):
        said[i] = said[i].capitalize()
        end = min(i + 9, len(said) - 1)
        said[end] += "."
    return " ".join(said)


def script(model: str, options: Mapping[str, Any] = NOTHING) -> Script:
    """The options as a Script. Raises BadCatalog for one it does not know, or of the wrong type."""
    given = {name: value for name, value in options.items() if name not in POOLS}
    fault = given.pop("fault", None)
    if fault is not None:
        given["fault"] = _fault(model, fault)
    _check(model, Script, given)
    return Script(**given)


def _fault(model: str, given: Any) -> Fault:
    table: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {"name": str(given)}
    if table.get("name") not in FAULTS:
        raise BadCatalog(f"{model}: no fault named {table.get('name')!r}; there are {', '.join(FAULTS)}")
    _check(model, Fault, table)
    return Fault(**table)


def _check(model: str, cls: type[Any], given: Mapping[str, Any]) -> None:
    known = [f.name for f in fields(cls)]
    for name, value in given.items():
        if name not in known:
            raise BadCatalog(f"{model}: a scripted model has no option {name!r}; it has {', '.join(known)}")
        if name not in ("name", "text", "fault") and (not isinstance(value, (int, float)) or isinstance(value, bool)):
            raise BadCatalog(f"{model}: the option {name} must be a number, not {value!r}")


class Beat:
    """Wakes streams at points in time, all that wait for one beat with one timer: a timer for each chunk costs more
    than the chunk. Points, not pauses: what one wait overshoots the next makes up, so a pace never drifts."""

    def __init__(self) -> None:
        self._waiting: dict[int, list[asyncio.Future[None]]] = {}

    def at(self, when: float) -> asyncio.Future[None]:
        """Done at the first beat after `when`, by `time.monotonic()`. Each caller has a future of its own to cancel."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        beat = int(when / BEAT_S) + 1
        if beat in self._waiting:
            self._waiting[beat].append(future)
        else:
            self._waiting[beat] = [future]
            loop.call_later(beat * BEAT_S - time.monotonic(), self._wake, beat)
        return future

    def _wake(self, beat: int) -> None:
        for future in self._waiting.pop(beat):
            if not future.done():
                future.set_result(None)
