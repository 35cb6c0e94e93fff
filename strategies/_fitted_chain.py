"""A cascade's chain of models with all that was learned of it: how good each draft is, and what stopping gave at every price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from strategies._acceptor import Acceptor
from strategies._course import FEWEST, Course, Table, stop
from strategies._twins import without
from workbench.cascading import Answers
from workbench.errors import BadInput
from workbench.recorded import Floats, Recorded, check_costs, check_teaches
from workbench.types import Decision, Prompt, Reply


@dataclass(frozen=True)
class FittedChain:
    models: tuple[str, ...]
    """k, in the order they are asked."""
    acceptor: Acceptor
    table: Table
    drafts: int
    """Samples of each draft that the acceptor learned from."""

    @classmethod
    def learned(cls, recorded: Recorded, models: Sequence[str], drafts: int) -> FittedChain:
        """Raises BadInput for too few prompts with a scored outcome of every model, and for confidences that are no shares of drafts."""
        scored = recorded.of(models)
        scored = scored.take(scored.covered)
        if len(scored) < FEWEST or len(models) < 2:
            raise BadInput(
                f"cascade learns from {FEWEST} prompts or more with a scored outcome of each of two models or more, and "
                f"{len(scored)} have one of {', '.join(models)}: record the missing ones, or choose other models"
            )
        check_costs("cascade", scored.cost)
        check_teaches("cascade", models, scored.quality)
        drafters = range(len(models) - 1)
        _check_drafts(scored.logprob[:, : len(models) - 1], drafts)
        acceptor, held = Acceptor.learned(scored.prompts, scored.texts, scored.logprob, scored.quality, drafters)
        unseen = without(acceptor.reader.vectors(scored.prompts))
        table = Table.of([held.after[i] for i in drafters], scored.quality, scored.cost, unseen)
        return cls(tuple(models), acceptor, table, drafts)

    def expected(self, prompts: Sequence[Prompt], answers: Answers) -> tuple[Floats, ...]:
        """For each drafter, (n, k) expected qualities after its answers; none where a model of the chain has no answers there."""
        if not set(self.models) <= set(answers.models):
            return ()
        cols, drafters = [answers.models.index(m) for m in self.models], range(len(self.models) - 1)
        found = self.acceptor.expect(prompts, answers.texts[:, cols], answers.logprob[:, cols], drafters)
        return tuple(found.after[i] for i in drafters)

    def judged(self, draft: Reply, at: int, prompt: Prompt, course: Course) -> tuple[bool, Decision]:
        """Whether the draft of model `at` is accepted, at the price of a course that runs the chain, and the decision about it."""
        assert course.price is not None
        quality = self._after(draft, at, prompt)
        found = stop(quality, self.table.alone_cost, at, course.price)
        accepted, adds, bar = bool(found.accepted[0]), float(found.adds[0]), float(found.bar[0])
        label, model = ("accepted", self.models[at]) if accepted else ("escalated", self.models[at + 1])
        why = (
            f"{label}: the draft is expected to be right with {quality[0, at]:.2f}; a later model adds {adds:.2f}, "
            f"and is asked from {bar:.2f} on ({course.why})"
        )
        scores = {m.id: 0.0 for m in prompt.models} | dict(zip(self.models, quality[0].tolist(), strict=True))
        features: dict[str, float | str] = {"right": float(quality[0, at]), "adds": adds, "characters": len(draft.text)}
        if draft.logprob is not None:
            said = "mean log-probability" if self.drafts == 1 else "logarithm of the share that agrees"
            features[said] = draft.logprob
        return accepted, Decision(model, why, scores, 1.0, label, features, {"adds_from": bar})

    def _after(self, draft: Reply, at: int, prompt: Prompt) -> Floats:
        """(1, k) expected qualities after this draft."""
        logprob = np.full((1, len(self.models)), np.nan if draft.logprob is None else draft.logprob)
        texts = np.full((1, len(self.models)), draft.text, dtype=object)
        return self.acceptor.expect([prompt], texts, logprob, [at]).after[at]

    def state(self) -> dict[str, Any]:
        return {"chain": list(self.models), "drafts": self.drafts, **self.acceptor.state(), **self.table.state()}

    @classmethod
    def restored(cls, state: Mapping[str, Any]) -> FittedChain:
        drafts = int(state.get("drafts", 1))  # the first versions had one
        return cls(tuple(state["chain"]), Acceptor.restored(state), Table.restored(state), drafts)


def _check_drafts(logprob: Floats, drafts: int) -> None:
    """Raises BadInput where confidences cannot be shares of so many samples. A failed draft has none."""
    agreed = np.exp(logprob[np.isfinite(logprob)]) * drafts
    if drafts > 1 and not (agreed.size and np.allclose(agreed, agreed.round(), rtol=0, atol=1e-6)):
        raise BadInput(
            f"cascade with drafts={drafts} learns from outcomes whose confidence is the share of {drafts} samples that "
            f"agree: record the drafting models anew with --samples MODEL={drafts}, or leave drafts at 1"
        )
