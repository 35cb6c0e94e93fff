"""Several models answer; a vote, a judge or a merger makes one answer of theirs.

`majority` takes the answer that most agree on, `judge` lets a model pick one by number, `merge` lets it write one answer out of all.
Failed models do not take part; where the judge or merger fails, the vote decides.

Source: self-consistency across models; LLM-Blender's ranking (arXiv 2306.02561) with a prompted judge; mixture of agents (arXiv
2406.04692).
Learns from: nothing.
Deciding costs: an answer of each model, asked at once, and one more call unless the vote decides.
Score: how many agree, or 1 for what the judge picked or who merges.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from strategies._own_calls import added, free
from strategies._panel import surest, voters
from strategies._pool import LASTING, by_price, member
from workbench.agreeing import majority
from workbench.errors import CallError
from workbench.session import Session
from workbench.strategy import Strategy, param
from workbench.types import Answer, Decision, Message, Prompt, Reply

SHOWN = 6000
"""Characters of each answer that a judge or merger reads."""
PICK = "Say the number of the answer that is most correct, complete and helpful. Say only the number."
MERGE = "Write the one best answer to the question, using what is right in these and leaving out what is wrong."
NUMBER = re.compile(r"\d{1,3}")

Panel = Sequence[tuple[str, Reply]]


@dataclass
class Ensemble(Strategy):
    models: list[str] = param([], "Which models answer; empty means all.", kind="models")
    how: str = param("majority", "How one answer is made of theirs.", choices=("majority", "judge", "merge"))
    judge: str = param("", "Which model judges or merges; empty means the dearest.", kind="model")

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        names = [member("ensemble.models", m, prompt.models) for m in self.models] or [m.id for m in prompt.models]
        panel = voters(names, await session.ask_all(names))
        if self.how == "majority" or len(panel) == 1:
            failed = len(names) - len(panel)
            return self._vote(panel, prompt, session, f"{failed} failed; " if failed else "")
        judge = member("ensemble.judge", self.judge or by_price(prompt.models)[-1].id, prompt.models)
        try:
            made = self._judged if self.how == "judge" else self._merged
            return await made(judge, panel, prompt, session)
        except LASTING:
            raise
        except CallError as error:
            if error.partial is not None:  # the reader has begun to read
                raise
            return self._vote(panel, prompt, session, f"{judge} could not {self.how} ({error.kind}); ")

    def _vote(self, panel: Panel, prompt: Prompt, session: Session, before: str = "") -> Answer:
        vote = majority([reply.text for _, reply in panel], [surest(reply) for _, reply in panel])
        model, reply = panel[vote.winner]
        scores = {m: n / len(panel) for (m, _), n in zip(panel, vote.votes, strict=True)}
        why = f"{before}{vote.votes[vote.winner]} of {len(panel)} models agree"
        session.decide(_decision(model, why, prompt, scores, "agreed" if vote.share > 0.5 else "split", panel))
        return Answer(reply, model)

    async def _judged(self, judge: str, panel: Panel, prompt: Prompt, session: Session) -> Answer:
        params = {"max_tokens": 4, "temperature": 0}
        said = await free(session).ask(judge, messages=_shown(prompt, panel, PICK), role="judge", params=params)
        found = NUMBER.search(said.text)
        if found is None or not 1 <= int(found[0]) <= len(panel):
            return self._vote(panel, prompt, session, f"{judge} named none of the {len(panel)} answers; ")
        model, reply = panel[int(found[0]) - 1]
        session.decide(_decision(model, f"{judge} picked it of {len(panel)}", prompt, {model: 1.0}, "picked", panel))
        return Answer(reply, model)

    async def _merged(self, judge: str, panel: Panel, prompt: Prompt, session: Session) -> Answer:
        said = _decision(judge, f"merges {len(panel)} answers", prompt, {judge: 1.0}, "merged", panel)
        return Answer(await session.ask(judge, messages=_shown(prompt, panel, MERGE), decision=said), judge)


def _decision(model: str, why: str, prompt: Prompt, given: dict[str, float], label: str, panel: Panel) -> Decision:
    scores = {m.id: 0.0 for m in prompt.models} | given
    return Decision(model, why, scores, label=label, features={"answers": float(len(panel))})


def _shown(prompt: Prompt, panel: Panel, wish: str) -> tuple[Message, ...]:
    """The conversation, the answers by number (never by model, which would sway a judge), and what to do with them."""
    answers = "\n\n".join(f"Answer {i}:\n{reply.text[:SHOWN]}" for i, (_, reply) in enumerate(panel, 1))
    return added(prompt.messages, f"{answers}\n\n{wish}")
