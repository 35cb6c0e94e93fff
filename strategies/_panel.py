"""Several calls that were made at once: which of them may vote, and how sure each is."""

from __future__ import annotations

from collections.abc import Sequence

from strategies._pool import LASTING
from workbench.errors import CallError
from workbench.types import Reply

UNKNOWN = -10.0
"""Mean log-probability assumed of a reply that gives none: less sure than any that does."""


def voters(models: Sequence[str], asked: Sequence[Reply | CallError]) -> list[tuple[str, Reply]]:
    """The calls that were answered. Raises the first failure that stands whatever the others say, or when all failed, the last.

    Where money or time ended before all had answered, those vote who have.
    """
    failures = [reply for reply in asked if isinstance(reply, CallError)]
    for failure in failures:
        if isinstance(failure, LASTING):
            raise failure
    answered = [(m, reply) for m, reply in zip(models, asked, strict=True) if isinstance(reply, Reply)]
    if not answered:
        raise failures[-1]
    return answered


def surest(reply: Reply) -> float:
    """Mean log-probability, for breaking ties."""
    return UNKNOWN if reply.logprob is None else reply.logprob
