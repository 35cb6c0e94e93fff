"""Strategies that look at answers, replayed: the same code, recorded words, prices and times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from strategies.cascade import Cascade
from tests.recordings import recorded
from workbench.errors import CallError, WorkbenchError
from workbench.services.rerun import SEVERAL, Calls, rerun
from workbench.session import Session
from workbench.strategy import Strategy
from workbench.types import Answer, Prompt, user


@dataclass
class Twice(Strategy):
    """Asks both models at once and answers with the dearer one's reply."""

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        replies = await session.ask_all([m.id for m in prompt.models])
        last = replies[-1]
        if isinstance(last, CallError):
            raise last
        return Answer(last, prompt.models[-1].id)


@dataclass
class Other(Strategy):
    """Asks in words that nobody recorded."""

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        reply = await session.ask("small", messages=[user("something else")])
        return Answer(reply, "small")


@dataclass
class Broken(Strategy):
    async def run(self, prompt: Prompt, session: Session) -> Answer:
        raise ZeroDivisionError


def test_a_cascade_stops_at_a_sure_draft_and_pays_for_both_calls_otherwise() -> None:
    held = recorded([[0, 1], [1, 1]], logprob=np.array([[-2.0, -0.1], [-0.1, -0.1]]))
    found = rerun(Cascade(threshold=-0.5), held)
    assert found.choices.tolist() == [1, 0]
    assert found.quality.tolist() == [1, 1]
    assert found.calls.tolist() == [2, 1]
    assert found.cost == pytest.approx(np.array([1.01e-5, 1e-7]))
    assert found.latency == pytest.approx(np.array([1.0, 0.5]))  # one after another: 0.5 s each
    assert found.failed.tolist() == [0, 0]


def test_calls_at_once_take_as_long_as_the_slowest() -> None:
    found = rerun(Twice(), recorded([[0, 1]], latency=np.array([[3.0, 2.0]])))
    assert found.latency == pytest.approx(np.array([3.0]))
    assert found.cost == pytest.approx(np.array([1.01e-5]))


def test_what_is_not_recorded_is_left_out_and_never_guessed() -> None:
    found = rerun(Other(), recorded([[0, 1], [1, 1]]))
    assert np.isnan(found.quality).all()
    assert np.isnan(found.cost).all()
    assert found.choices.tolist() == [SEVERAL, SEVERAL]


def test_a_model_without_an_outcome_was_not_recorded() -> None:
    found = rerun(Twice(), recorded([[np.nan, 1], [0, 1]]))
    assert np.isnan(found.quality[0])
    assert found.quality[1] == 1


def test_a_failed_call_is_a_failure_of_the_run_that_made_it() -> None:
    errors = np.array([["", "server: 500"], ["", ""]], dtype=object)
    found = rerun(Twice(), recorded([[1, 0], [0, 1]], errors=errors))
    assert found.failed.tolist() == [1, 0]
    assert found.quality.tolist() == [0, 1]
    assert found.choices.tolist() == [SEVERAL, 1]


def test_a_bug_of_the_strategy_is_loud_and_names_the_prompt() -> None:
    with pytest.raises(WorkbenchError, match="Broken failed on prompt q0000"):
        rerun(Broken(), recorded([[0, 1]]))


def test_calls_of_a_prompt_are_found_by_their_content() -> None:
    held = recorded([[0, 1], [np.nan, 1]])
    assert len(Calls(held, 0)) == 2
    assert [outcome.call.model for outcome in Calls(held, 1).values()] == ["big"]
    assert set(Calls(held, 0)) != set(Calls(held, 1))


def test_no_prompt_is_no_run() -> None:
    assert len(rerun(Twice(), recorded(np.empty((0, 2)))).quality) == 0
