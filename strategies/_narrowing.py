"""Strategies that only say which models may answer, and let an inner strategy choose among these."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from strategies._wrapping import Wrapping
from workbench.errors import BadInput
from workbench.events import Decided, Event
from workbench.session import Session
from workbench.strategy import Router, Strategy
from workbench.types import Answer, Decision, Model, Prompt


@dataclass(frozen=True, slots=True)
class Kept:
    """The models that may answer a prompt, never none, and why these."""

    models: tuple[Model, ...]
    why: str = ""
    label: str = ""
    features: Mapping[str, float | str] = field(default_factory=dict)


@dataclass
class Narrowing(Wrapping, Router):
    """Subclasses narrow the pool. A model left out scores 1 less than the worst that was not."""

    @abstractmethod
    def narrow(self, prompt: Prompt) -> Kept:
        """Raises BadInput where no model may answer."""

    @property
    def decides(self) -> bool:
        return isinstance(self.inner, Router) and self.inner.decides

    def decide(self, prompt: Prompt) -> Decision:
        kept = self.narrow(prompt)
        return told(self._router().decide(replace(prompt, models=kept.models)), kept, prompt)

    def decide_all(self, prompts: Sequence[Prompt]) -> Sequence[Decision]:
        """Prompts that keep the same models are decided together."""
        kept = [self.narrow(prompt) for prompt in prompts]
        groups: dict[tuple[str, ...], list[int]] = {}
        for i, one in enumerate(kept):
            groups.setdefault(tuple(m.id for m in one.models), []).append(i)
        found: dict[int, Decision] = {}
        for rows in groups.values():
            narrowed = [replace(prompts[i], models=kept[i].models) for i in rows]
            for i, decision in zip(rows, self._router().decide_all(narrowed), strict=True):
                found[i] = told(decision, kept[i], prompts[i])
        return [found[i] for i in range(len(prompts))]

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        kept = self.narrow(prompt)
        narrowed = replace(prompt, models=kept.models)
        return await self.inner.run(narrowed, session.on(narrowed, emit=telling(session, kept, prompt)))

    def _router(self) -> Router:
        if isinstance(self.inner, Router) and self.inner.decides:
            return self.inner
        raise BadInput(f"{_name(self.inner)} inside {_name(self)} decides only while it asks: run it instead")


def telling(session: Session, kept: Kept, prompt: Prompt) -> Any:
    """An `emit` that lets inner decisions speak of the whole pool."""

    def emit(event: Event) -> None:
        session.emit(Decided(told(event.decision, kept, prompt), event.at_s) if isinstance(event, Decided) else event)

    return emit


def told(decision: Decision, kept: Kept, prompt: Prompt) -> Decision:
    """An inner strategy's decision with what the narrowing has to say: its reason, label, features and who was left out."""
    worst = min(decision.scores.values(), default=0.0) - 1
    return replace(
        decision,
        why=f"{kept.why}; {decision.why}" if kept.why else decision.why,
        scores={m.id: decision.scores.get(m.id, worst) for m in prompt.models},
        label=kept.label or decision.label,
        features={**decision.features, **kept.features},
    )


def _name(strategy: Strategy) -> str:
    return type(strategy).__module__.rsplit(".", 1)[-1]
