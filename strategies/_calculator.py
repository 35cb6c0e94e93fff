"""Arithmetic without eval: the expression is parsed, and only numbers, operators and a few functions are carried out."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

Number = int | float
OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs, "min": min, "max": max, "round": round, "sqrt": math.sqrt, "floor": math.floor, "ceil": math.ceil,
    "exp": math.exp, "log": math.log, "log10": math.log10, "log2": math.log2, "sin": math.sin, "cos": math.cos,
    "tan": math.tan, "gcd": math.gcd, "lcm": math.lcm,
}  # fmt: skip
CONSTANTS = {"pi": math.pi, "e": math.e}
SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**", "$": "", "€": "", "£": ""})
THOUSANDS = re.compile(r"(?<![\d.])(\d{1,3}(?:,\d{3})+)(?![\d,])")
PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%(?!\s*[\d(])")
LONGEST = 500
"""Characters of an expression."""
DIGITS = 400
"""Of the largest whole number that is carried out."""
BITS = round(DIGITS * 3.3219)


def calculate(expression: str) -> str:
    """The value, as text: whole numbers exactly, others to 12 digits. Raises ValueError, which says what is wrong."""
    if len(expression) > LONGEST:
        raise ValueError(f"an expression may have {LONGEST} characters, this one has {len(expression)}")
    plain = expression.translate(SIGNS).strip()
    if "(" not in plain or not re.search(r"[a-z]\w*\s*\(", plain):  # max(1,200) has two arguments
        plain = THOUSANDS.sub(lambda found: found[0].replace(",", ""), plain)
    try:
        value = _value(ast.parse(PERCENT.sub(r"(\1/100)", plain), mode="eval").body)
        return _shown(value)
    except SyntaxError:
        raise ValueError(f"{expression[:80]!r} is no arithmetic expression") from None
    except ZeroDivisionError:
        raise ValueError("division by zero") from None
    except (TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise ValueError(f"cannot be worked out: {error}") from None


def _value(node: ast.AST) -> Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return _sized(value)
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.UnaryOp(op=op, operand=inner) if type(op) in OPERATORS:
            return _sized(OPERATORS[type(op)](_value(inner)))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return _sized(_applied(op, _value(left), _value(right)))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            return _sized(FUNCTIONS[name](*map(_value, args)))
    raise ValueError(f"only numbers, + - * / // % ** and {', '.join(FUNCTIONS)} are known here")


def _applied(op: ast.operator, left: Number, right: Number) -> Any:
    if (
        isinstance(op, ast.Pow)
        and isinstance(left, int)
        and isinstance(right, int)
        and right * left.bit_length() > BITS
    ):
        raise ValueError(f"the power has more than {DIGITS} digits")  # before it takes for ever
    return OPERATORS[type(op)](left, right)


def _sized(value: Any) -> Number:
    if isinstance(value, int) and value.bit_length() > BITS:
        raise ValueError(f"a number has more than {DIGITS} digits")
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError("the value is no finite number")
    return value


def _shown(value: Number) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if isinstance(value, int) else f"{value:.12g}"
