"""A model is asked whether an answer is good enough: yes or no, in three tokens."""

from __future__ import annotations

from strategies._own_calls import free
from workbench.session import Session
from workbench.types import user

QUESTION = (
    "Question:\n{question}\n\nProposed answer:\n{answer}\n\nIs the proposed answer correct and complete? Say yes or no."
)
LONGEST_S = 60.0
"""Of a check, which writes three tokens: one that hangs must leave the answer its time."""
SHOWN = 4000
"""Characters of the question, and of the answer, that a check reads."""


async def is_good(session: Session, model: str, question: str, answer: str) -> bool:
    """Whether the model says yes. Raises CallError."""
    text = QUESTION.format(question=question[:SHOWN], answer=answer[:SHOWN])
    params = {"max_tokens": 3, "temperature": 0}
    asking = free(session).within(LONGEST_S)
    reply = await asking.ask(model, messages=[user(text)], role="check", params=params)
    return reply.text.strip().lower().startswith("yes")
