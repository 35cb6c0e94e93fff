"""A cheap model leads the conversation until its finished turns are judged wanting twice; then a strong one stays.

Before a turn is answered, the turns finished before it are judged by a short check (each once); from the number of confirmations on, the
conversation stays on the strong model, so that it does not waver between two voices.

Source: the end-of-turn judge of production assistants; hysteresis as in Schmitt's trigger.
Learns from: nothing.
Deciding costs: one short check a turn (up to four where earlier turns were answered elsewhere), and none once it has escalated.
Score: for the cheap model 1 minus the share of confirmations that are there, for the strong one the share.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from strategies._check import is_good
from strategies._pool import LASTING, by_price, member
from workbench.errors import CallError
from workbench.session import Session
from workbench.strategy import Strategy, param
from workbench.types import Answer, Decision, Message, Prompt, content_key

CHECKS = 4
"""In one turn, at most: of a conversation that began elsewhere the first turns are judged now, the others in the next turns."""
REMEMBERED = 10_000
"""Verdicts on turns kept in memory; one that is forgotten is asked for again."""


@dataclass
class Escalate(Strategy):
    cheap: str = param("", "Which model begins; empty means the cheapest.", kind="model")
    strong: str = param("", "Which model takes over; empty means the dearest.", kind="model")
    judge: str = param("", "Which model judges finished turns; empty means the strong one.", kind="model")
    confirmations: int = param(2, "Turns judged wanting before the strong model stays.", low=1, high=20, unit="turns")
    _verdicts: OrderedDict[str, bool] = field(default_factory=OrderedDict, init=False, repr=False, compare=False)

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        ranked = by_price(prompt.models)
        cheap = member("escalate.cheap", self.cheap or ranked[0].id, ranked)
        strong = member("escalate.strong", self.strong or ranked[-1].id, ranked)
        judge = member("escalate.judge", self.judge or strong, ranked)
        wanting, unjudged = await self._wanting(prompt, judge, session)
        share = min(1.0, wanting / self.confirmations)
        model, label = (strong, "stays strong") if share >= 1 else (cheap, "cheap")
        why = f"{wanting} of {self.confirmations} finished turns judged wanting by {judge}"
        why += f"; {unjudged} not judged" if unjudged else ""
        scores = {m.id: 0.0 for m in prompt.models} | {cheap: 1 - share, strong: share}
        if cheap == strong:
            scores[cheap] = 1.0
        decision = Decision(
            model, why, scores, 1.0, label, {"wanting": float(wanting)}, {"wanting_from": float(self.confirmations)}
        )
        return Answer(await session.ask(model, decision=decision), model)

    async def _wanting(self, prompt: Prompt, judge: str, session: Session) -> tuple[int, int]:
        """How many finished turns were found wanting, up to what is needed, and how many are not judged: no judge
        could, money or time did not last, or there were too many."""
        wanting = unjudged = checks = 0
        for key, question, answer in _turns(prompt.messages):
            new = key not in self._verdicts
            if new and checks == CHECKS:
                unjudged += 1
                continue
            checks += new
            try:
                if new:
                    self._remember(key, await is_good(session, judge, question, answer))
                wanting += not self._verdicts[key]
            except LASTING:
                raise
            except CallError:
                unjudged += 1
            if wanting == self.confirmations:
                break
        return wanting, unjudged

    def _remember(self, key: str, good: bool) -> None:
        self._verdicts[key] = good
        while len(self._verdicts) > REMEMBERED:
            self._verdicts.popitem(last=False)


def _turns(messages: tuple[Message, ...]) -> Iterator[tuple[str, str, str]]:
    """Finished turns, oldest first: the key of the conversation up to there, the question and the answer."""
    question = ""
    for i, message in enumerate(messages):
        if message.role == "user":
            question = message.text
        elif message.role == "assistant" and message.text:
            yield content_key([m.as_json() for m in messages[: i + 1]]), question, message.text
