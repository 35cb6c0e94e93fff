"""Votes and scores to the strategies that learn while they serve.

Each learner is told of every rewarded answer, whichever strategy gave it: what it learns is how models do on prompts, not who
asked them. What it learned is kept at once as its fit, so that it survives a restart and columns that run pick it up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from workbench.embed import watched
from workbench.errors import WorkbenchError
from workbench.strategy import Strategy
from workbench.types import Feedback

from .comparison import Turn
from .fit import FittedStrategies
from .specs import params_of

log = logging.getLogger(__name__)


@dataclass
class Online:
    strategies: FittedStrategies
    _learners: dict[str, Strategy] = field(default_factory=dict)
    _turns: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def tell(self, feedback: Sequence[Feedback]) -> None:
        """Let every learner learn and keep it. A learner that cannot is logged: the vote itself is safe."""
        if not feedback:
            return
        async with self._turns:
            for name in self.strategies.online():
                try:
                    await asyncio.to_thread(self._learn, name, feedback)
                except WorkbenchError as error:
                    log.warning("%s did not learn: %s", name, error)

    def _learn(self, name: str, feedback: Iterable[Feedback]) -> None:
        learner = self._learners.get(name)
        if learner is None or learner.learned_at != self.strategies.fits.stamp(
            name
        ):  # none yet, or a fit by hand meanwhile
            learner = self._learners[name] = self.strategies.build(name)
        with watched() as embedders:
            for one in feedback:
                learner.observe(one)
        self.strategies.fits.save(name, learner, {"params": params_of(learner), "from": "votes"}, embedders)
        learner.learned_at = self.strategies.fits.stamp(name)


def rewards(turn: Turn) -> list[Feedback]:
    """What a vote says of the answers: won 1, lost or all bad 0, tied a half. Of answers with a model only."""
    choice = turn.vote.choice
    if turn.vote.state != "cast":
        return []
    best = next((group for group in turn.groups if choice in group), [choice])
    worth = {letter: 0.5 if choice == "tie" else float(letter in best) for letter in turn.cells}
    told: dict[str, Feedback] = {}
    for letter, cell in turn.cells.items():
        if cell.run.answer is not None:  # columns that share a reply are one answer
            told.setdefault(cell.reply_key, Feedback(cell.prompt, cell.run.answer.model, worth[letter]))
    return list(told.values())
