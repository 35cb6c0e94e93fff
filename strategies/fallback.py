"""Another model answers when one fails.

When the wrapped strategy's call fails or takes too long, the other models are asked in order, those not asked yet first and those with an
open breaker last, until one answers. A stream that breaks before its first token is replaced unnoticed; after it, what came is kept and
marked cut. When all have failed, models worth it are asked again: not before their Retry-After, else after a pause that doubles and
varies with the prompt's id. A spent budget or a passed deadline ends the run at once, since no other model mends it. The trace shows
every failed call and what it cost. What narrows the pool belongs around it, not inside.

Source: retries with backoff and jitter, and the circuit breaker (Nygard, Release It!, 2007).
Learns from: nothing but what the inner strategy learns from.
Deciding costs: what the inner strategy's decision costs.
Score: 1 for the next model, a half for the one after it, and so on; 0 for a model that has failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strategies._chain import Chain, shut
from strategies._narrowing import Narrowing
from strategies._pool import member
from strategies._wrapping import Wrapping
from strategies.cheapest import Cheapest
from workbench.errors import BadInput, CallError
from workbench.session import Session
from workbench.strategy import Strategy, param
from workbench.types import Answer, Prompt


@dataclass
class Fallback(Wrapping):
    inner: Strategy = param(Cheapest, "The strategy whose failed calls are caught.")
    models: list[str] = param([], "Who stands in, in this order; empty means the whole pool in its own.")
    timeout_s: float = param(30.0, "Longest that one call may take.", low=0.01, high=3600, unit="s")
    first_token_s: float = param(20.0, "Longest wait for the first token of a call.", low=0.01, high=3600, unit="s")
    connect_s: float = param(5.0, "Longest wait for a connection.", low=0.01, high=3600, unit="s")
    retries: int = param(2, "Calls to models that failed before, once all have.", low=0, high=100, unit="calls")
    backoff_s: float = param(0.5, "First pause before such a call; each next one doubles.", low=0, high=600, unit="s")

    def __post_init__(self) -> None:
        if isinstance(self.inner, Narrowing):
            name = type(self.inner).__module__.rsplit(".", 1)[-1]
            raise BadInput(
                f"fallback around {name} would ask models that {name} rules out: put fallback inside it, as its inner strategy"
            )

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        known = [member("fallback.models", m, prompt.models) for m in self.models] or [m.id for m in prompt.models]
        patient = session.within(self.timeout_s, first_token_s=self.first_token_s, connect_s=self.connect_s)
        chain = Chain(prompt, patient, self.retries, self.backoff_s)
        try:
            return await self.inner.run(prompt, patient)
        except CallError as error:
            if partial := chain.note(error):
                return partial
        return await chain.answer(_left(known, session), "stands in")


def _left(known: Sequence[str], session: Session) -> list[str]:
    """The models that have not failed: those not asked yet, then those whose draft the inner strategy refused; in both,
    those with an open breaker last."""
    tried = {m: session.asked.get(m) for m in known}
    left = [m for m in known if tried[m] is not False]
    return sorted(left, key=lambda m: (tried[m] is True, shut(m)))
