"""An agent's tools: what a model wrote goes in, text comes out. What they cannot do is told to the next step."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Sequence

from strategies._briefs import Result
from strategies._calculator import calculate
from strategies._passages import search
from strategies._plan import Step
from workbench.sandbox import code_of, run
from workbench.types import Message, Text

MUCH = 4000
"""Characters that a program may print."""


async def program(step: Step, written: str, seconds: float) -> Result:
    """Run a program in the sandbox, in a thread: it may take as long as it is given."""
    code = code_of(written)
    ran = await asyncio.to_thread(run, {"program": outspoken(code)}, seconds)
    printed = ran.output.strip()[:MUCH]
    if ran.finished and printed:
        return Result(step, printed)
    wrong = f"the program failed: {ran.error}\n{printed}".strip() if not ran.finished else "the program printed nothing"
    return Result(step, f"{wrong}\nIt was:\n{code.strip()}", failed=True)


def outspoken(program: str) -> str:
    """A program that prints nothing prints what its last line works out, or names, as a notebook would."""
    if "print" in program:
        return program
    try:
        return _printing(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return program  # its own error, if it has one, says more


def _printing(program: str) -> str:
    tree = ast.parse(program)
    match tree.body[-1] if tree.body else None:
        case ast.Expr(value=value):
            tree.body.pop()
            return f"{ast.unparse(tree)}\n_last = {ast.unparse(value)}\nif _last is not None: print(_last)"
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return f"{program}\nprint({name})"
    return program


def calculator(step: Step, written: str) -> Result:
    expression = expression_of(written)
    try:
        return Result(step, f"{expression} = {calculate(expression)}")
    except ValueError as error:
        return Result(step, f"the calculator failed: {error}", failed=True)


def lookup(step: Step, written: str, messages: Sequence[Message]) -> Result:
    """The passages of the conversation that fit best."""
    given = "\n\n".join(p.text for m in messages for p in m.parts if isinstance(p, Text))
    found = search(written[:MUCH], given)
    return (
        Result(step, "\n...\n".join(found)) if found else Result(step, "the text has none of these words", failed=True)
    )


def expression_of(written: str) -> str:
    """The last line with a digit in it, without the dress that models put on it, up to an equals sign."""
    lines = [line for line in re.sub(r"```\w*", "", written).splitlines() if re.search(r"\d", line)]
    last = lines[-1] if lines else written
    quoted = re.findall(r"`([^`]*\d[^`]*)`", last)
    return (quoted[-1] if quoted else last).split("=")[0].strip(" `*.:") or last.strip()
