"""A plan, steps that each go to the model that fits them, then one answer.

A LangGraph graph over one shared state. A model plans; each step is reasoning, code (a program written and run in a sandbox), a summary
or a tool (calculator, search in the given text); the inner strategy, or the model set for that kind, decides who does it. A program
that fails is written once more; where it is the whole plan, what it prints is the answer. Each step is reserved from the budget before
it and settled after it, with the answer's share kept back: when money runs low cheaper models do the steps, when it is spent the answer
is given with what is there. Drafts and tool results stay in the trace; results are data to later steps. Needs the extra `agent`.

Source: plan-and-execute (Wang et al., arXiv 2305.04091); a model for each step: HuggingGPT (arXiv 2303.17580); a program whose output is
the answer: PAL (Gao et al., arXiv 2211.10435).
Learns from: nothing but what the inner strategy learns from.
Deciding costs: one decision a step; the answer takes a plan, its steps and, unless a program has printed it, a last call.
Score: the inner strategy's, for each step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from strategies._crew import Crew, State
from strategies._plan import Plan
from strategies._pool import member
from strategies._purse import Purse
from strategies._wrapping import Wrapping
from strategies.complexity import Complexity
from workbench.errors import BadInput
from workbench.sandbox import isolated
from workbench.session import Session
from workbench.strategy import Router, Strategy, param
from workbench.types import Answer, Prompt

KINDS = ("plan", "reasoning", "code", "summarise", "calculator", "search", "answer")


@dataclass
class Agent(Wrapping):
    inner: Strategy = param(Complexity, "The router that chooses the model of each step.")
    plan: str = param("", "Model that plans; empty means the router chooses.", kind="model")
    reasoning: str = param("", "Model for steps of reasoning; empty means the router chooses.", kind="model")
    code: str = param("", "Model that writes programs; empty means the router chooses.", kind="model")
    summarise: str = param("", "Model that summarises; empty means the router chooses.", kind="model")
    calculator: str = param("", "Model that uses the calculator; empty means the router chooses.", kind="model")
    search: str = param("", "Model that searches the text; empty means the router chooses.", kind="model")
    answer: str = param("", "Model that answers; empty means the router chooses.", kind="model")
    steps: int = param(5, "Most steps between plan and answer.", low=1, high=20, unit="steps")
    step_tokens: int = param(400, "Longest reply of a step.", low=16, high=8192, unit="tokens")
    budget_usd: float | None = param(None, "Most that one run may cost; empty means the run's own.", low=0, unit="USD")
    low: float = param(0.3, "Share of the budget below which cheaper models are used.", low=0, high=1)
    retell: bool = param(
        False, "Whether a model words the answer even where a program that is the whole plan has printed it."
    )
    run_code: str = param(
        "isolated",
        "Whether programs that models write are run: where the system keeps them from your files and the network, always, or never.",
        choices=("isolated", "always", "never"),
    )
    code_s: float = param(5.0, "Longest that a program may run.", low=0.1, high=60, unit="s")

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        crew = self._crew(prompt, session)
        graph, untraced = await asyncio.to_thread(_graph, crew)  # the first import of LangGraph takes a second
        begin = State(plan=Plan(()), results=[], stopped="", answer=None)
        with untraced(enabled=False):  # whatever the environment says: nothing is sent anywhere
            state = await graph.ainvoke(begin, {"recursion_limit": self.steps + 5})
        answer: Answer = state["answer"]
        return answer

    def _crew(self, prompt: Prompt, session: Session) -> Crew:
        if not (isinstance(self.inner, Router) and self.inner.decides):
            name = type(self.inner).__module__.rsplit(".", 1)[-1]
            raise BadInput(f"{name} inside agent decides only while it asks: choose a router, such as complexity")
        given = {kind: getattr(self, kind) for kind in KINDS if getattr(self, kind)}
        chosen: Mapping[str, str] = {k: member(f"agent.{k}", model, prompt.models) for k, model in given.items()}
        runs = self.run_code == "always" or (self.run_code == "isolated" and isolated())
        purse = Purse(session, self.budget_usd, self.low)
        seconds = self.code_s if runs else 0.0
        return Crew(prompt, session, self.inner, chosen, purse, self.steps, self.step_tokens, seconds, self.retell)


def _graph(crew: Crew) -> tuple[Any, Any]:
    """The compiled graph (plan, any number of steps, answer; nothing of it is kept), and what turns LangSmith off."""
    try:
        from langgraph.graph import END, START, StateGraph
        from langsmith import tracing_context
    except ImportError:
        raise BadInput("the strategy agent needs LangGraph: pip install 'routing-workbench[agent]'") from None
    graph = StateGraph(State)
    nodes = {"reasoning": crew.think, "summarise": crew.think, "code": crew.code, "tool": crew.tool}
    graph.add_node("plan_steps", crew.plan)
    graph.add_node("give_answer", crew.answer)
    for name, node in nodes.items():
        graph.add_node(name, node)
    ways: dict[Hashable, str] = {**{to: to for to in (*nodes, "give_answer")}, "done": END}
    graph.add_edge(START, "plan_steps")
    for name in ("plan_steps", *nodes):
        graph.add_conditional_edges(name, _next, ways)
    graph.add_edge("give_answer", END)
    return graph.compile(), tracing_context


def _next(state: State) -> str:
    if state["answer"]:
        return "done"
    steps, made = state["plan"].steps, len(state["results"])
    return "give_answer" if state["stopped"] or made >= len(steps) else steps[made].node
