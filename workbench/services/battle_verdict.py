"""The sentence under a battle once its vote is known: what was chosen, what it cost, what others said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .comparison import Turn

AGREED = "Same model, same messages: one reply, shared. There is nothing to vote on; it counts as an agreement."
SKIPPED = "The names were shown without a vote."
NONE_BETTER = {
    "tie": "You called it a tie.",
    "both_bad": "You called both bad.",
    "all_bad": "You called all of them bad.",
}


def verdict(turn: Turn, crowd: Mapping[str, int]) -> str:
    """`crowd`: votes on these same strategies so far, this one included, by what won (a strategy's key, tie, bad)."""
    if turn.vote.state == "agreement":
        return AGREED
    if turn.vote.state == "skipped":
        return SKIPPED
    if turn.vote.state != "cast":
        return ""
    choice = turn.vote.choice
    said = (
        [NONE_BETTER[choice]] if choice in NONE_BETTER else [f"You chose {_name(turn, choice)}.", _price(turn, choice)]
    )
    return " ".join(part for part in (*said, _crowd(turn, crowd)) if part)


def _name(turn: Turn, letter: str) -> str:
    """The strategy's name; with its letter where two columns run the same one."""
    name = turn.cells[letter].column.spec.strategy
    twins = [c for c in turn.cells.values() if c.column.spec.strategy == name]
    return f"{name} ({letter})" if len(twins) > 1 else name


def _shared_name(turn: Turn, letters: Sequence[str]) -> str:
    """Columns of one and the same spec are counted together."""
    if len(letters) == 1:
        return _name(turn, letters[0])
    name = turn.cells[letters[0]].column.spec.strategy
    others = [c for k, c in turn.cells.items() if c.column.spec.strategy == name and k not in letters]
    return f"{name} ({', '.join(letters)})" if others else name


def _price(turn: Turn, letter: str) -> str:
    """The chosen column's cost against the dearest of the others that answered."""
    own = turn.cells[letter].run.cost_usd
    others = [(c.run.cost_usd, other) for other, c in turn.cells.items() if other != letter and c.run.answer]
    dearest, other = max(others, default=(0.0, ""))
    low, high = sorted((own, dearest))
    if not low or high / low < 1.05:
        return ""
    times = f"{high / low:.1f} times" if high / low < 10 else f"{high / low:.0f} times"
    than = _name(turn, other)
    return f"It cost {times} {'less' if own < dearest else 'more'} than {than}."


def _crowd(turn: Turn, crowd: Mapping[str, int]) -> str:
    total = sum(crowd.values())
    if total < 2:
        return ""
    columns: dict[str, list[str]] = {}
    for letter, cell in turn.cells.items():
        columns.setdefault(cell.column.spec.key, []).append(letter)
    named = [(crowd.get(key, 0), _shared_name(turn, letters)) for key, letters in columns.items()]
    parts = [f"{name} {count}" for count, name in sorted(named, key=lambda pair: -pair[0])]
    parts += [f"{word} {crowd[key]}" for key, word in (("tie", "ties"), ("bad", "all bad")) if crowd.get(key)]
    return f"{total} votes on these strategies so far: {', '.join(parts)}."
