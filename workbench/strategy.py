"""The contract a strategy fulfils, and how it declares its parameters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, ClassVar

from .errors import BadInput
from .session import Session
from .types import Answer, Decision, Feedback, Prompt

if TYPE_CHECKING:
    from .preferences import Preferences
    from .recorded import Recorded


def param(
    default: Any = None,
    help: str = "",
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    choices: Sequence[str] = (),
    kind: str = "",
    learned: bool = False,
) -> Any:
    """A parameter, written once: it becomes a CLI flag, a control on the page and a part of the stored Spec.

    A name that Python keeps for itself ends in an underscore, which is not shown (`lambda_` is the parameter lambda).
    `kind` is read from the type; say `model`, `models` or `strategy` where a name of one is meant.
    `learned` is one that takes part when the strategy is fitted: asked for later, it has to be the fit's.
    Mutable defaults (dict, list) are copied for each strategy; a class as default is made anew for each.
    """
    said = f"{help} Takes part when it is fitted." if learned else help
    limits = {"low": low, "high": high, "unit": unit, "choices": tuple(choices)}
    metadata = {"help": said, "kind": kind, "learned": learned} | limits
    if isinstance(default, (dict, list)):
        return field(default_factory=default.copy, metadata=metadata)
    if isinstance(default, type):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


class Strategy(ABC):
    """Answers prompts through a Session. Its dataclass fields are its parameters; `_x` fields are its own state."""

    learned_at = 0
    """Which fit it holds, as the service that restores fits counts them; 0 for none."""
    refit_days: ClassVar[int | None] = None
    """How often a job fits it anew, from votes and scores; None for never."""

    outermost: ClassVar[bool] = False
    """Whether nothing may be put around it: that would see, and send, what it keeps back. The registry refuses it."""

    @abstractmethod
    async def run(self, prompt: Prompt, session: Session) -> Answer: ...

    def scrub(self, prompt: Prompt) -> Callable[[str], str] | None:
        """What takes the secrets out of a text about this prompt before it is kept, in a store or a log. None keeps all.

        Whoever wraps a strategy that guards secrets guards them too.
        """
        inner = (value.scrub(prompt) for value in vars(self).values() if isinstance(value, Strategy))
        return next((scrub for scrub in inner if scrub), None)

    def fit(self, recorded: Recorded) -> None:
        """Learn from the train split. Most strategies have nothing to learn."""

    def fit_votes(self, votes: Preferences) -> None:
        """Learn from who won against whom, in place of outcomes. Most strategies cannot."""

    def observe(self, feedback: Feedback) -> None:
        """Learn from one answer, as soon as it is voted on or scored. Most strategies do not."""

    def state(self) -> dict[str, Any]:
        """What `fit` and `observe` learned, as numpy arrays and plain JSON values, by name; `restore` undoes it."""
        return {}

    def restore(self, state: dict[str, Any]) -> None: ...


class Router(Strategy):
    """Decides once, before any call, which model answers."""

    @property
    def decides(self) -> bool:
        """False where it wraps a strategy that decides only while it asks: then it can be run, and not be asked to decide."""
        return True

    @abstractmethod
    def decide(self, prompt: Prompt) -> Decision: ...

    def decide_all(self, prompts: Sequence[Prompt]) -> Sequence[Decision]:
        """Decide a batch; learned routers vectorise it."""
        return [self.decision(p) for p in prompts]

    def decision(self, prompt: Prompt) -> Decision:
        """What `decide` returned. Raises BadInput where that is something else: the commonest slip of a new strategy."""
        made: object = self.decide(prompt)
        if isinstance(made, Decision):
            return made
        raise BadInput(f"{type(self).__name__}.decide returned {made!r:.80}: it must return Decision(model.id, 'why')")

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        decision = self.decision(prompt)
        return Answer(await session.ask(decision.model, decision=decision), decision.model)
