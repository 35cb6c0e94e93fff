"""All comparisons of this process: begun, found again, voted on, and forgotten when idle.

A vote needs the token that was issued when its battle ended; it counts once, is durable before it is acknowledged,
and unlocks the names.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import random
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from workbench.errors import BadInput, WorkbenchError
from workbench.registry import Registry
from workbench.session import Provider
from workbench.strategy import Strategy
from workbench.types import Model, Spec, estimate_tokens

from .battle_verdict import verdict
from .comparison import LETTERS, Column, Comparison, Recorder, Setup, Turn, Vote
from .online import Online
from .specs import NO_MODELS, build

MAX_LIVE = 2000
"""Comparisons kept in memory; the longest idle ones go first and are read back from the store when asked for."""
TAGS = ("accurate", "complete", "clear", "concise", "style", "safe", "wrong", "too long")
MAX_COMMENT = 2000
ODD = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
"""Characters that text hardly has, and bytes read as text do."""
log = logging.getLogger(__name__)


class Archive(Recorder, Protocol):
    """The store as this service needs it."""

    async def experiment(self, experiment_id: str, setup: Setup, specs: Sequence[Spec]) -> None: ...

    async def vote(self, comparison: Comparison, turn: Turn, kind: str) -> None: ...

    async def comparison(self, comparison_id: str) -> Comparison | None: ...

    async def crowd(self, specs: Sequence[Spec]) -> Mapping[str, int]:
        """Votes so far on exactly these strategies, by what won: a spec's key, `tie`, `bad`."""


@dataclass
class Compare:
    pool: Provider
    strategies: Registry[Strategy]
    archive: Archive
    new_id: Callable[[], str]
    rng: random.Random = field(default_factory=random.SystemRandom)
    online: Online | None = None
    """Who lets strategies learn from votes, if anyone does."""
    max_live: int = MAX_LIVE
    _live: OrderedDict[str, Comparison] = field(default_factory=OrderedDict)
    _experiments: dict[str, str] = field(default_factory=dict)
    """Experiment id by the key of its specs and setup."""
    _instances: dict[str, Strategy] = field(default_factory=dict)
    """One strategy per Spec, so that a round robin goes on where it was."""

    async def start(
        self, setup: Setup, columns: Sequence[tuple[str, Mapping[str, Any]]], text: str, category: str = ""
    ) -> Comparison:
        """Begin a comparison. Raises BadInput, UnknownPlugin or BadParameter before anything is asked."""
        if not 1 < len(columns) <= len(LETTERS):
            raise BadInput(f"compare 2 to {len(LETTERS)} strategies, not {len(columns)}")
        check_prompt(text, setup.pool)
        built = [self._build(name, params, setup.pool) for name, params in columns]
        experiment_id = await self._experiment(setup, [spec for spec, _ in built])
        if setup.blind:
            self.rng.shuffle(built)
        cells = tuple(Column(letter, *pair) for letter, pair in zip(LETTERS, built, strict=False))
        comparison = self.adopt(
            Comparison(self.new_id(), experiment_id, setup, cells, self.pool, self.archive, self.new_id)
        )
        comparison.ask(text, category)
        return comparison

    def adopt(self, comparison: Comparison) -> Comparison:
        """Keep a comparison, begun here or read back from the store."""
        comparison.settle = self._settle
        self._live[comparison.id] = comparison
        for key, other in list(self._live.items())[: max(0, len(self._live) - self.max_live)]:
            if other.idle and other is not comparison:
                del self._live[key]
        return comparison

    async def find(self, comparison_id: str) -> Comparison:
        """A comparison of this process or of the store. Raises BadInput when there is none."""
        if comparison_id in self._live:
            self._live.move_to_end(comparison_id)
            return self._live[comparison_id]
        stored = await self.archive.comparison(comparison_id)
        if stored is None:
            raise BadInput("there is no comparison at this address: it may be of another database")
        if comparison_id in self._live:  # somebody else read it meanwhile
            return self._live[comparison_id]
        self.adopt(stored)
        for turn in stored.turns:
            stored.later(self._settle(stored, turn))  # tokens are not kept: an open vote is asked with a new one
        await stored.wait()
        return stored

    def follow(self, comparison: Comparison, text: str) -> Turn:
        """The next turn of a conversation."""
        check_prompt(text, comparison.setup.pool)
        for column in comparison.columns:
            self._refresh(column.strategy)
        return comparison.ask(text)

    async def vote(
        self, comparison: Comparison, token: str, choice: str, tags: Sequence[str] = (), comment: str = ""
    ) -> Turn:
        """Cast the one vote of a battle. Returns when it is durable; raises BadInput, and then nothing changed."""
        turn = self._battle_of(comparison, token)
        if choice not in choices(turn):
            raise BadInput(f"no such choice: {choice!r}; there are {', '.join(choices(turn))}")
        if unknown := set(tags) - set(TAGS):
            raise BadInput(f"no such reason: {', '.join(sorted(unknown))}; there are {', '.join(TAGS)}")
        if len(comment) > MAX_COMMENT:
            raise BadInput(f"the comment has {len(comment)} characters; {MAX_COMMENT} fit")
        asked = turn.vote
        turn.vote = Vote("cast", "", choice, tuple(tags), comment)  # taken: a second request finds no token
        await self._lock(comparison, turn, "vote", asked)
        return turn

    async def reveal(self, comparison: Comparison) -> Turn:
        """Show the names and give up the vote."""
        turn = comparison.turns[-1]
        if turn.vote.state != "asked":
            raise BadInput("there is no vote to give up")
        asked = turn.vote
        turn.vote = Vote("skipped")
        await self._lock(comparison, turn, "skip", asked)
        return turn

    async def close(self) -> None:
        """Stop what runs and wait until it is recorded."""
        comparisons = list(self._live.values())
        for comparison in comparisons:
            if comparison.busy:
                comparison.stop()
        await asyncio.gather(*(c.wait() for c in comparisons))

    async def _lock(self, comparison: Comparison, turn: Turn, kind: str, asked: Vote) -> None:
        try:
            await self.archive.vote(comparison, turn, kind)
        except BaseException:
            turn.vote = asked  # not durable, so not cast: the same token may try again
            raise
        _unseal(comparison)
        self._conclude(comparison, turn)
        for watcher in comparison.watchers:
            watcher.on_turn(turn)

    def _conclude(self, comparison: Comparison, turn: Turn) -> None:
        """Say what the vote came to; what the crowd said follows, since counting it takes longer than voting."""
        turn.vote.summary = verdict(turn, {})
        if turn.vote.state == "cast":
            comparison.later(self._crowd(comparison, turn))
            if self.online:
                comparison.later(self.online.catch_up())

    async def _crowd(self, comparison: Comparison, turn: Turn) -> None:
        specs = [cell.column.spec for cell in turn.cells.values()]
        try:
            turn.vote.summary = verdict(turn, await self.archive.crowd(specs))
        except WorkbenchError as error:  # the vote itself is safe
            log.warning("votes were not counted: %s", error)
        for watcher in comparison.watchers:
            watcher.on_turn(turn)

    def _battle_of(self, comparison: Comparison, token: str) -> Turn:
        for turn in comparison.turns:
            if turn.vote.state == "asked" and hmac.compare_digest(turn.vote.token.encode(), token.encode()):
                return turn
        raise BadInput("this vote was already cast, or the names are known by now: nothing was changed")

    async def _settle(self, comparison: Comparison, turn: Turn) -> None:
        """All columns ended: ask for a vote, or record that there is nothing to vote on."""
        if turn.vote.state != "none" or not turn.ended:
            return
        if turn.agreed:
            await self._nothing_to_vote(comparison, turn, "agreement")
        elif turn.groups:
            turn.vote = Vote("asked", secrets.token_urlsafe(24))
        elif comparison.setup.blind:  # every column failed: say what failed
            await self._nothing_to_vote(comparison, turn, "skip")
        for watcher in comparison.watchers:
            watcher.on_turn(turn)

    async def _nothing_to_vote(self, comparison: Comparison, turn: Turn, kind: Literal["agreement", "skip"]) -> None:
        """The names are shown even if this cannot be kept: no vote depends on them."""
        turn.vote = Vote("agreement" if kind == "agreement" else "skipped")
        self._conclude(comparison, turn)
        try:
            await self.archive.vote(comparison, turn, kind)
        finally:
            _unseal(comparison)

    def _build(self, name: str, params: Mapping[str, Any], pool: Sequence[Model]) -> tuple[Spec, Strategy]:
        spec, strategy = build(self.strategies, name, params, pool=pool)
        shared = self._instances.setdefault(spec.key, strategy)
        self._refresh(shared)
        return spec, shared

    def _refresh(self, strategy: Strategy) -> None:
        """What was learned meanwhile, from a vote or by `workbench fit`, counts from the next prompt on."""
        if self.online:
            self.online.strategies.fits.refresh(strategy)

    async def _experiment(self, setup: Setup, specs: Sequence[Spec]) -> str:
        key = Spec("", {"setup": setup.as_json(), "specs": sorted(s.key for s in specs)}).key
        if key not in self._experiments:
            self._experiments[key] = self.new_id()  # before it is kept: who comes meanwhile belongs to it too
            try:
                await self.archive.experiment(self._experiments[key], setup, specs)
            except BaseException:
                del self._experiments[key]
                raise
        return self._experiments[key]


def _unseal(comparison: Comparison) -> None:
    """Show the names. Other blind battles of the conversation are over: with the names known no vote is blind."""
    if comparison.sealed:
        for turn in comparison.turns:
            if turn.vote.state == "asked":
                turn.vote = Vote("skipped")
                turn.vote.summary = verdict(turn, {})
    comparison.revealed = True


def choices(turn: Turn) -> list[str]:
    """What may be voted: a column, or what says that none is better."""
    letters = list(turn.cells)
    return [*letters, "tie", "both_bad"] if len(letters) == 2 else [*letters, "all_bad"]


def check_prompt(text: str, pool: Sequence[Model]) -> None:
    """Raises BadInput for a prompt that no model of the pool could be asked."""
    if not text.strip():
        raise BadInput("the prompt is empty: write something to ask")
    if not pool:
        raise BadInput(NO_MODELS)
    sample = text[:100_000]
    if len(ODD.findall(sample)) > 1 + len(sample) / 20:
        raise BadInput("this looks like binary data, not text: paste the text of the file instead")
    tokens, widest = estimate_tokens(text), max(pool, key=lambda m: m.context)
    if tokens > widest.context:
        raise BadInput(
            f"the prompt has about {tokens:,} tokens and the widest model of this pool, {widest.id}, takes "
            f"{widest.context:,}: shorten it or add a model with a longer context"
        )
