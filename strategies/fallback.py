"""Another model answers when one fails.

Wraps any strategy: a call that fails or takes too long is followed by the next model of the pool, first those not asked
yet, until one answers. An answer that breaks off half-way is started again by the next model. A spent budget or a passed
deadline ends the run at once, since no other model mends it. Learns from nothing; deciding costs what the wrapped
strategy's decision costs. The trace shows the failed calls and what they cost.
"""

from __future__ import annotations

from dataclasses import dataclass

from strategies._pool import FINAL
from strategies.cheapest import Cheapest
from workbench.errors import CallError
from workbench.session import Session
from workbench.strategy import Strategy, param
from workbench.types import Answer, Decision, Prompt


@dataclass
class Fallback(Strategy):
    inner: Strategy = param(Cheapest, "The strategy whose failed calls are caught.")
    timeout_s: float = param(30.0, "Longest that one call may take.", low=0.01, high=3600, unit="s")

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        patient = session.within(self.timeout_s)
        try:
            return await self.inner.run(prompt, patient)
        except FINAL:
            raise
        except CallError as error:
            failed = error
        while left := self._left(prompt, session):
            decision = self._next(left, prompt, failed)
            try:
                return Answer(await patient.ask(decision.model, decision=decision), decision.model)
            except FINAL:
                raise
            except CallError as error:
                failed = error
        raise failed

    def _left(self, prompt: Prompt, session: Session) -> list[str]:
        """The models that have not failed: those not asked yet, then those whose draft the inner strategy refused."""
        fresh = [m.id for m in prompt.models if m.id not in session.asked]
        return fresh + [m.id for m in prompt.models if session.asked.get(m.id)]

    def _next(self, left: list[str], prompt: Prompt, failed: CallError) -> Decision:
        scores = {m.id: 0.0 for m in prompt.models} | {m: 1 / (i + 1) for i, m in enumerate(left)}
        return Decision(left[0], f"next in the pool after a failed call ({failed.kind}: {failed})", scores)
