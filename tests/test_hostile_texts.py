"""Whatever reads text of strangers takes time in proportion to its length: no prompt and no answer holds up the app."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from strategies import _cues, _features, _passages, _plan, _shape, _tools
from strategies._domains import words_in
from strategies._languages import detect
from strategies._needs import needs_of
from strategies._plan import Step
from tests.pool import prompt
from workbench.agreeing import final
from workbench.errors import BadInput
from workbench.graders._grader import answer_of
from workbench.graders.choice import chosen
from workbench.graders.json_schema import value_of
from workbench.graders.numeric import last_number
from workbench.safety import secrets
from workbench.safety.finding import CATEGORIES, SECRETS
from workbench.safety.guard import Guard
from workbench.safety.policy import Policy
from workbench.safety.screen import Window
from workbench.services.judge import _fitting

AFTER = {c: "redact" if c in SECRETS and c != "name" else "allow" for c in CATEGORIES}
REDACTING = Policy("redacting", "Redacts what rules find", dict.fromkeys(CATEGORIES, "allow"), AFTER, {}, {})
STEP = Step("tool", "count", "calculator")
BITS = (
    *("call", "call ", " ", "\n", "\n ", "\t", "```\n", "step ", "step 1 ", "- ", "(", "<", "< ", "<answer>", "</notes>", "answer is "),
    *("1", "1,111", "+1 ", "0 ", "1.", "a@", "a@b.co ", "eyJ-", "sk-", "A", "AB12", "-----BEGIN PRIVATE KEY-----", "password "),
    *("ignore ", "system ", "if ", "a:", "[", "{", "\\boxed{", "ä", "漢", "http://a:"),
)  # fmt: skip
SHORT = 3_000


async def screened(text: str) -> None:
    """As it streams, sixty characters at a time."""
    window = Window(Guard(REDACTING, []))
    for at in range(0, len(text), 60):
        await window.add(text[at : at + 60])
    await window.end(text)


READERS: dict[str, Callable[[str], object]] = {
    "secrets": secrets.find,
    "plan": lambda text: _plan.read(text, "task", 5),
    "passages": lambda text: _passages.search("call answer", text),
    "program": _tools.outspoken,
    "expression": lambda text: _tools.calculator(STEP, text),
    "agreement": final,
    "complexity": _cues.read,
    "shape": lambda text: _shape.shapes([text]),
    "language": detect,
    "needs": lambda text: needs_of(prompt(text), 100),
    "domains": words_in,
    "traits": lambda text: _features._read(text, len(text)),
    "judge": lambda text: _fitting(text, {"type": "object"}),
    "graders": lambda text: (answer_of(text), last_number(text), chosen(text, ["a", "b"]), value_of(text)),
}


def quietly(read: Callable[[str], object], text: str) -> None:
    with suppress(BadInput, ValueError):
        read(text)


def seconds(read: Callable[[str], object], text: str) -> float:
    """The best of three."""
    times = []
    for _ in range(3):
        begun = time.thread_time()
        quietly(read, text)
        times.append(time.thread_time() - begun)
    return min(times)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("bit", BITS)
def test_takes_time_in_proportion_to_the_length(reader: str, bit: str) -> None:
    """Quadratic would be sixteen times as long; short times are noise."""
    read = READERS[reader]
    long = seconds(read, (bit * SHORT)[: 4 * SHORT])
    assert long < 0.02 or long < 9 * seconds(read, (bit * SHORT)[:SHORT])


@pytest.mark.parametrize("bit", ["call", "a@", "eyJ-", "-----BEGIN PRIVATE KEY-----", "漢", "1,111"])
def test_an_answer_without_an_end_is_screened_in_proportion_to_its_length(bit: str) -> None:
    def read(text: str) -> None:
        asyncio.run(screened(text))

    long = seconds(read, (bit * SHORT)[: 4 * SHORT])
    assert long < 0.02 or long < 9 * seconds(read, (bit * SHORT)[:SHORT])
