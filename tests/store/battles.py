"""A blind comparison in a store, for tests of what is read back from it."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.store import Row
from workbench.store.comparisons import Battle, battle_rows, experiment_row
from workbench.store.runs import Origin, run_rows
from workbench.store.votes import Ballot, Kind, vote_row
from workbench.types import Spec

from .rows import later, prompt, run

SPECS = (Spec("fixed", {"model": "small"}, ("small",)), Spec("cascade", {}, ("small", "large")))


def comparison(id: str = "c", *, blind: bool = True, turns: Sequence[str] = ("hello",), at: float = 0) -> list[Row]:
    """Battles `c-0`, `c-1` ..., runs `c-0-A` ...: A is `fixed` on small, B `cascade` on large."""
    rows = [experiment_row("e", "compare", [s.key for s in SPECS], {"blind": blind}, later(at))]
    for turn, text in enumerate(turns):
        rows += _turn(id, turn, text, blind, at + turn)
    return rows


def _turn(comparison_id: str, turn: int, text: str, blind: bool, at: float) -> list[Row]:
    battle_id, asked = f"{comparison_id}-{turn}", prompt(text, "chat")
    columns = tuple((letter, f"{battle_id}-{letter}", spec.key) for letter, spec in zip("AB", SPECS, strict=True))
    rows = battle_rows(Battle(battle_id, comparison_id, turn, "e", blind, columns), asked, later(at))
    for (letter, run_id, _), spec, model in zip(columns, SPECS, ("small", "large"), strict=True):
        origin = Origin("compare", battle_id, "e", letter)
        made = run(f"{text} from {letter}", model, asked)
        rows += run_rows(run_id, made, spec, asked, origin, later(at + (letter == "B") / 10))
    return rows


def ballot(battle_id: str = "c-0", choice: str = "A", kind: Kind = "vote") -> Row:
    runs = [f"{battle_id}-{letter}" for letter in "AB"]
    winners = tuple(run for run in runs if run.endswith(f"-{choice}"))
    losers = tuple(run for run in runs if winners and run not in winners)
    made = Ballot(battle_id, battle_id.rsplit("-", 1)[0], "e", kind, choice, winners, losers, ("clear",), "", True)
    return vote_row(f"v-{battle_id}", made, later(9))
