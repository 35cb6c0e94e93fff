"""The agent plans, makes each step with the model that fits it, keeps to its budget, and answers."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

import pytest

from strategies.agent import Agent
from strategies.cascade import Cascade
from strategies.fixed import Fixed
from tests.pool import events_of, model, prompt
from workbench.errors import ServerFailed
from workbench.events import Decided, Delta, Event, Run, fold
from workbench.types import Call, Prompt, Reply, Usage, estimate_tokens

SMALL = (model("small", 0.1), model("big", 10.0))
PLAN = (
    "search: ticket price\ncalculator: three tickets\ncode: check it\nreasoning: is it under 40?\nsummarise: the result"
)
TEXT = "The museum opens at ten. A ticket costs 12 euros.\n\nThe ferry leaves at nine.\n\nAre three tickets under 40 euros?"


class Crew:
    """Says what it is told to for each kind of call; the costs follow from the models' prices."""

    def __init__(self, plan: str = PLAN, fails: Callable[[Call], bool] = lambda call: False) -> None:
        self.plan, self.fails, self.calls = plan, fails, list[Call]()

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        self.calls.append(call)
        if self.fails(call):
            raise ServerFailed(f"{call.model} is down")
        text = self.says(call.messages[-1].text)
        usage = Usage(sum(estimate_tokens(m.text) for m in call.messages), estimate_tokens(text))
        yield Delta(text)
        yield Reply(text, usage, next(m for m in SMALL if m.id == call.model).cost_usd(usage), 0.1, 0.05)

    def says(self, asked: str) -> str:
        answers = {
            "Plan this task": self.plan,
            "Write the words": "price ticket",
            "Write the one": "3 * 12 = ?",
            "Write a short Python": "```python\nprint(12 + 12 + 12)\n```",
            "Do only this": "36 is under 40.",
            "Summarise": "Yes, 36 euros.",
        }
        return next((said for cue, said in answers.items() if cue in asked), "Yes")

    def at(self, cue: str) -> Call:
        return next(call for call in self.calls if cue in call.messages[-1].text)


def events(strategy: Agent, provider: Any, asked: Prompt | None = None, **limits: Any) -> list[Event]:
    return asyncio.run(events_of(strategy, asked or prompt(TEXT, models=SMALL), provider, **limits))


def run(strategy: Agent, provider: Any, **limits: Any) -> Run:
    return fold(events(strategy, provider, **limits))


def test_plan_steps_and_answer_each_make_a_call_and_only_the_answer_is_read() -> None:
    done = run(Agent(run_code="always"), Crew())
    assert [a.call.role for a in done.attempts] == ["draft"] * 6 + ["answer"]
    assert [d.label for d in done.decisions] == [
        *("plan", "search", "tool", "calculator", "tool", "code", "tool", "reasoning", "summarise", "answer")
    ]
    assert done.text == "Yes"


def test_each_tools_result_is_told_to_the_steps_after_it() -> None:
    crew = Crew()
    run(Agent(run_code="always"), crew)
    assert "A ticket costs 12 euros." in crew.at("Write the one").messages[-1].text.split("<notes>")[1]
    assert "3 * 12 = 36" in crew.at("Write a short Python").messages[-1].text
    final = crew.calls[-1].messages[-1].text
    assert "Step 3 (code: check it):\n36" in final
    assert "Yes, 36 euros." in final


def test_every_decision_is_followed_by_its_call_or_is_a_tools() -> None:
    seen = events(Agent(run_code="always"), Crew())
    decided = [e.decision for e in seen if isinstance(e, Decided) and e.decision.label != "tool"]
    calls = fold(seen).attempts
    assert [d.model for d in decided] == [a.call.model for a in calls]
    assert all(a.cost_usd > 0 for a in calls)
    assert all(d.why for d in decided)


def test_the_router_sees_the_steps_own_task() -> None:
    crew = Crew(
        "reasoning: say hi\nreasoning: Prove step by step that there is no largest prime, and compare three proofs."
    )
    done = run(Agent(), crew)
    thought = [d for d in done.decisions if d.label == "reasoning"]
    assert [d.model for d in thought] == ["small", "big"]
    assert "complex" in thought[1].why


def test_the_same_task_as_a_program_goes_to_a_stronger_model() -> None:
    done = run(Agent(), Crew("reasoning: count them\ncode: count them"))
    assert [d.model for d in done.decisions if d.label in ("reasoning", "code")] == ["small", "big"]


def test_a_kind_of_step_may_have_a_model_of_its_own() -> None:
    done = run(Agent(inner=Fixed("big"), plan="small", calculator="small"), Crew())
    assert {d.label: d.model for d in done.decisions if d.label != "tool"} == {
        "plan": "small",
        "search": "big",
        "calculator": "small",
        "code": "big",
        "reasoning": "big",
        "summarise": "big",
        "answer": "big",
    }


def test_a_plan_that_cannot_be_read_is_one_step_and_the_trace_says_so() -> None:
    done = run(Agent(), Crew("Well, let me think about museums."))
    assert [d.label for d in done.decisions] == ["plan", "reasoning", "answer"]
    assert "the plan cannot be read" in done.decisions[1].why


def test_an_easy_prompt_is_answered_at_once_as_it_came() -> None:
    crew = Crew("answer: now")
    done = run(Agent(), crew)
    assert [d.label for d in done.decisions] == ["plan", "answer"]
    assert crew.calls[-1].messages == prompt(TEXT).messages


def test_a_tools_error_is_told_to_the_next_step() -> None:
    class Divides(Crew):
        def says(self, asked: str) -> str:
            return "1 / 0" if "Write the one" in asked else super().says(asked)

    crew = Divides("calculator: the sum\nreasoning: go on")
    done = run(Agent(), crew)
    assert "the calculator failed: division by zero" in crew.at("Do only this").messages[-1].text
    assert "calculator failed" in done.decisions[2].why


def test_a_program_that_is_the_whole_plan_prints_the_answer() -> None:
    crew = Crew("code: add up two of them")
    done = run(Agent(run_code="always"), crew)
    assert done.text == "36"
    assert [a.call.role for a in done.attempts] == ["draft", "draft"]
    assert done.answer is not None
    assert done.answer.model == "big"
    assert "code did its work" in done.decisions[-1].why
    assert done.ttft_s == done.latency_s
    asked = crew.at("Write a short Python").messages[-1].text
    assert "for the whole task" in asked
    assert "add up two of them" not in asked  # what a weak planner says of it only misleads


@pytest.mark.parametrize(
    ("retell", "params"), [(True, {}), (False, {"response_format": {"type": "json_object"}}), (False, {"stop": ["."]})]
)
def test_a_model_words_the_answer_where_that_is_wanted_or_it_has_a_form(retell: bool, params: dict[str, Any]) -> None:
    done = run(Agent(run_code="always", retell=retell), Crew("code: add them up"), params=params)
    assert done.text == "Yes"
    assert done.attempts[-1].call.role == "answer"


def test_a_program_that_fails_is_written_once_more_and_told_why() -> None:
    class Mends(Crew):
        def says(self, asked: str) -> str:
            if "Write a short Python" not in asked:
                return super().says(asked)
            return "print(6 * 6)" if "ZeroDivisionError" in asked else "print(1 / 0)"

    crew = Mends("code: add them up")
    done = run(Agent(run_code="always"), crew)
    assert done.text == "36"
    again = crew.calls[-1].messages[-1].text
    assert "It was:\nprint(1 / 0)" in again.split("<notes>")[1]
    assert "The program in the notes failed" in again
    assert [d.label for d in done.decisions] == ["plan", "code", "tool", "code", "tool"]


def test_a_program_that_fails_twice_is_told_to_the_answer() -> None:
    class Errs(Crew):
        def says(self, asked: str) -> str:
            return "print(1 / 0)" if "Write a short Python" in asked else super().says(asked)

    crew = Errs("code: add them up")
    done = run(Agent(run_code="always"), crew)
    assert [a.call.role for a in done.attempts] == ["draft"] * 3 + ["answer"]
    assert crew.calls[-1].messages[-1].text.count("the program failed: ZeroDivisionError") == 1


def test_a_plan_is_held_to_its_form_where_the_model_can_be() -> None:
    able = tuple(replace(m, capabilities=frozenset({"json"}) if m.id == "big" else m.capabilities) for m in SMALL)
    for planner, held in (("big", True), ("small", False)):
        crew = Crew('{"steps": [{"kind": "reasoning", "task": "think"}]}')
        asyncio.run(events_of(Agent(plan=planner), prompt(TEXT, models=able), crew))
        assert ("response_format" in crew.calls[0].params) is held
        assert all("response_format" not in call.params for call in crew.calls[1:])
        assert len(crew.calls) == 3


def test_programs_are_not_run_where_that_is_not_wanted() -> None:
    crew = Crew("code: check it")
    run(Agent(run_code="never"), crew)
    assert "\nprogram:" not in crew.calls[0].messages[-1].text
    assert "no program may be run here" in crew.calls[-1].messages[-1].text


def test_the_number_of_steps_is_bounded() -> None:
    done = run(Agent(steps=2), Crew())
    assert len(done.attempts) == 4
    assert "3 of 5 steps are over the limit and left out" in done.decisions[1].why


# Money


def test_money_that_runs_low_goes_to_cheaper_models() -> None:
    done = run(
        Agent(reasoning="big", plan="big", answer="big", low=0.9, budget_usd=0.02), Crew("reasoning: a\nreasoning: b")
    )
    models = [a.call.model for a in done.attempts]
    assert (models[0], models[-1]) == ("big", "small")
    low = done.decisions[models.index("small")].why
    assert "the budget runs low ($0.0" in low
    assert "cheaper models only" in low


def test_a_router_that_insists_on_a_dear_model_gives_way_when_money_is_short() -> None:
    done = run(Agent(inner=Fixed("big"), budget_usd=0.001), Crew())
    assert {a.call.model for a in done.attempts} == {"small"}
    assert "the router's model is not to be used now" in done.decisions[0].why
    assert "no model 'huge'" in run(Agent(inner=Fixed("huge")), Crew()).error


def test_when_it_is_spent_the_answer_is_given_with_what_is_there() -> None:
    budget = 0.00024
    done = run(Agent(budget_usd=budget), Crew(), params={"max_tokens": 50})
    assert done.text == "Yes"
    assert done.decision is not None
    assert "no money for this step" in done.decision.why
    assert "steps left out" in done.decision.why
    assert len(done.attempts) < 7
    assert done.cost_usd <= budget


def test_a_budget_too_small_for_any_answer_is_a_clear_stop_before_any_call() -> None:
    done = run(Agent(budget_usd=1e-9), Crew())
    assert (done.kind, done.attempts) == ("budget", [])
    assert "raise the budget" in done.error


@pytest.mark.parametrize("budget", [1e-5, 1e-4, 3e-4, 1e-3, 1e-2, 5e-2])
def test_no_budget_is_ever_overspent(budget: float) -> None:
    for strategy, limits in ((Agent(budget_usd=budget), {}), (Agent(), {"budget_usd": budget})):
        done = run(strategy, Crew(), **limits)
        assert done.cost_usd <= budget
        assert done.answer is not None or done.kind == "budget"


# Faults and time


def test_another_model_stands_in_for_one_that_fails_and_it_is_then_avoided() -> None:
    crew = Crew(fails=lambda call: call.model == "small")
    done = run(Agent(plan="small"), crew)
    assert done.text == "Yes"
    assert [a.call.model for a in done.attempts].count("small") == 1
    assert "after a failed call (server: small is down)" in done.decisions[1].why


def test_when_all_models_fail_the_failure_is_the_runs() -> None:
    done = run(Agent(), Crew(fails=lambda call: True))
    assert (done.kind, len(done.attempts)) == ("server", 2)


def test_little_time_left_goes_to_the_answer() -> None:
    class Slow(Crew):
        async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
            await asyncio.sleep(0.8 if not self.calls else 0.0)
            async for item in super().stream(call):
                yield item

    run(Agent(), Crew())  # imports what there is to import
    done = run(Agent(), Slow(), deadline_s=1.0)
    assert done.text == "Yes"
    assert done.decision is not None
    assert "s are left, 5 steps left out" in done.decision.why


# What it is built of


def test_drafts_do_without_the_answers_form() -> None:
    crew, form = Crew(), {"response_format": {"type": "json_object"}, "max_tokens": 50, "temperature": 0.0}
    run(Agent(step_tokens=99), crew, params=form)
    assert crew.calls[0].params == {"temperature": 0.0, "max_tokens": 99}
    assert crew.calls[-1].params == form


def test_a_strategy_that_cannot_decide_beforehand_is_no_router() -> None:
    done = run(Agent(inner=Cascade()), Crew())
    assert "cascade inside agent decides only while it asks" in done.error


def test_a_model_that_is_not_in_the_pool_is_named() -> None:
    assert "agent.code: no model 'huge'" in run(Agent(code="huge"), Crew()).error


def test_without_langgraph_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langgraph.graph", None)
    assert "pip install 'routing-workbench[agent]'" in run(Agent(), Crew()).error


def test_nothing_is_traced_to_anyone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("LANGSMITH_API_KEY", "k")
    asked = list[Any]()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: asked.append(args))
    from langchain_core.tracers import LangChainTracer

    monkeypatch.setattr(LangChainTracer, "__init__", lambda *args, **kwargs: asked.append("a tracer"))
    assert run(Agent(), Crew()).text == "Yes"
    assert asked == []
