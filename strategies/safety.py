"""Any strategy behind a safety policy: what must not be asked, said or kept is redacted, kept on this machine, or refused.

Before: personal data and keys in the conversation (rules with the checksums of cards and IBANs; names by Presidio with the extra
`safety`), injected instructions and harm (a logistic regression on MiniLM vectors and cues) are looked for, and the policy file
(data/policies/*.toml, yours over ours in the folder `policies` of your home, read again when it changes) says what each leads to. After:
the same checks on the answer while it streams, by the sentence, before its words reach the reader. The inner strategy and every model see
the redacted conversation, the same placeholder for the same value; store and trace keep no secret that the policy acts on. It is
outermost: what wrapped it would see the prompt as it was, so that is refused.

Source: policies that are data; checksums of ISO/IEC 7812 and ISO 13616.
Learns from: nothing but what the inner strategy learns from.
Deciding costs: some milliseconds beside the inner strategy's decision, tens where names are looked for.
Score: the inner strategy's.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from strategies._narrowing import Kept, telling
from strategies._wrapping import Wrapping
from workbench.errors import BadInput, DeadlinePassed, Refused
from workbench.safety.guard import Checked, Guard, Verdict
from workbench.safety.policy import POLICIES
from workbench.safety.screen import Screened
from workbench.session import Session
from workbench.strategy import param
from workbench.types import Answer, Decision, Model, Prompt


@dataclass
class Safety(Wrapping):
    outermost: ClassVar[bool] = True
    policy: str = param("standard", "Name of the policy file that says what is done about each category.")

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        guard = Guard(POLICIES.get(self.policy), prompt.messages)
        checked = await _in_time(guard, session)
        verdict, features = checked.verdict, self._features(checked.verdict)
        if verdict.action == "refuse":
            refused = _refused(guard, verdict)
            scores = {m.id: 0.0 for m in prompt.models}
            session.decide(Decision("", f"refused: {verdict.why}", scores, 1.0, "refuse", features))
            raise Refused(refused)
        pool = _local(prompt.models, verdict) if verdict.action == "local" else prompt.models
        guarded = replace(prompt, messages=checked.messages, models=pool)
        acted = verdict.action != "allow"
        kept = Kept(
            pool,
            f"safety: {verdict.action} ({verdict.why})" if acted else "",
            verdict.action if acted else "",
            features,
        )
        screened = Screened(session.provider, guard)
        return await self.inner.run(
            guarded, session.on(guarded, provider=screened, emit=telling(session, kept, prompt))
        )

    def scrub(self, prompt: Prompt) -> Callable[[str], str]:
        return Guard(POLICIES.get(self.policy), prompt.messages).scrub

    def _features(self, verdict: Verdict) -> dict[str, float | str]:
        features: dict[str, float | str] = {"safety policy": self.policy, "safety action": verdict.action}
        features |= {f"safety {category}": value for category, value in {**verdict.found, **verdict.likely}.items()}
        if verdict.unchecked:
            features["safety not checked"] = verdict.unchecked
        if problem := POLICIES.problems().get(self.policy):
            features["safety policy problem"] = problem
        return features


async def _in_time(guard: Guard, session: Session) -> Checked:
    """The conversation checked. Raises DeadlinePassed where the run's time is over first: a long one takes seconds."""
    left = session.left_s
    try:
        async with asyncio.timeout(None if math.isinf(left) else left):
            return await asyncio.to_thread(guard.before)
    except TimeoutError:
        raise DeadlinePassed(
            f"the run's {session.deadline_s:.3g} s were over before the prompt was checked: shorten it or allow more time"
        ) from None


def _refused(guard: Guard, verdict: Verdict) -> str:
    policy = guard.policy
    reasons = [policy.reason(c) for c in (*verdict.likely, *verdict.found) if policy.before[c] == "refuse"]
    return f"the policy {policy.name} refuses this prompt: {'; '.join(reasons)}"


def _local(pool: tuple[Model, ...], verdict: Verdict) -> tuple[Model, ...]:
    here = tuple(m for m in pool if m.provider == "local" or m.region == "local")
    if not here:
        raise BadInput(
            f"this prompt must stay on this machine ({verdict.why}), and no model of the pool runs here: add a local model, or "
            "one whose region is local, or choose another policy"
        )
    return here
