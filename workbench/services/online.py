"""Votes, grades and judge scores to the strategies that learn while they serve.

Each learner is told of every rewarded answer, whichever strategy gave it: what it learns is how models do on prompts, not who
asked them. All of it is read from the store, where it is safe, and a fit keeps with what was learned how far it has heard: whatever
was not learned, because a process ended or another one graded, is caught up, and nothing is learned twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.embed import watched
from workbench.errors import WorkbenchError
from workbench.store.feedback import feedback
from workbench.store.messages import parsed
from workbench.store.runs import Reads
from workbench.strategy import Strategy
from workbench.types import Feedback, Model, Prompt

from .fit import FittedStrategies
from .specs import params_of

MOST = 5000
"""Answers that are caught up at most, the latest: of those before, a learner that forgets would hardly know anything."""
OVERLAP = timedelta(minutes=10)
"""How late an answer may come into the store, against others rewarded at the same time, and still be heard."""
LOOK_S = 60.0
HEARD = "heard"
"""In what a fit says of itself: {id: when} of the last answers it heard of."""
log = logging.getLogger(__name__)


@dataclass
class Online:
    strategies: FittedStrategies
    store: Reads
    _learners: dict[str, Strategy] = field(default_factory=dict)
    _turns: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def through(self) -> None:
        """Catch up until cancelled."""
        while True:
            await self.catch_up()
            await asyncio.sleep(LOOK_S)

    async def catch_up(self) -> None:
        """Let every learner learn, once, what it has not heard of, and keep it. One that cannot is logged and tries again."""
        async with self._turns:
            for name in self.strategies.online():
                try:
                    await self._caught_up(name)
                except WorkbenchError as error:
                    log.warning("%s did not learn: %s", name, error)

    async def _caught_up(self, name: str) -> None:
        """A fit by hand begins anew: what was rewarded before it is not told again."""
        made = self.strategies.fits.stamp(name)
        about = await asyncio.to_thread(self.strategies.fits.about, name)
        heard = about.get(HEARD)
        since = _last(heard) - OVERLAP if heard else datetime.fromtimestamp(made / 1e9, UTC)
        rows = await feedback(self.store, since, MOST)
        if new := [row for row in rows if row["id"] not in (heard or {})]:
            await asyncio.to_thread(self._learn, name, about, new)

    def _learn(self, name: str, about: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
        learner, fits = self._learners.get(name), self.strategies.fits
        if learner is None or learner.learned_at != fits.stamp(name):  # none yet, or a fit by another
            learner = self._learners[name] = self.strategies.build(name)
        self._learners.pop(name)  # what it learns counts when it is kept: until then, the fit is what is known
        with watched() as embedders:
            for row in rows:
                learner.observe(_feedback(row))
        heard = _recent({**about.get(HEARD, {}), **{row["id"]: row["told_at"] for row in rows}})
        fits.save(name, learner, {**about, "params": params_of(learner), HEARD: heard}, embedders)
        learner.learned_at = fits.stamp(name)
        self._learners[name] = learner


def _feedback(row: Mapping[str, Any]) -> Feedback:
    tags = {"category": row["category"]} if row["category"] else {}
    prompt = Prompt(row["key"], parsed(row["messages"]), (Model(row["model"]),), tags)
    return Feedback(prompt, row["model"], row["reward"])


def _last(heard: Mapping[str, str]) -> datetime:
    return max(datetime.fromisoformat(at) for at in heard.values())


def _recent(heard: Mapping[str, str]) -> dict[str, str]:
    """Those that may be read again."""
    since = _last(heard) - OVERLAP
    return {id: at for id, at in heard.items() if datetime.fromisoformat(at) >= since}
