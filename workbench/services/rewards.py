"""What answers were worth, out of the store: votes, graded observations and judge scores, as outcomes that strategies learn from.

A vote makes 1 of the answers it chose, 0 of the others (of all, where all are bad), and 0.5 of all for a tie: it is worth something
beside the other answers to its prompt only. What a grader or a judge that agrees with people said counts as it is. Each kind is told
by itself, answers to one prompt stand together, and an answer whose model was drawn has the chance that was logged: who reads them
can compare like with like. A model that a rule chose, alone, says nothing of the others: such answers are left out, and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from workbench.errors import BadInput
from workbench.outcomes import Outcomes, dtypes
from workbench.recorded import Recorded

COLUMNS = ("query_id", "model", "response", "category", "prompt", "cost_usd", "quality")


def gathered(rows: Sequence[dict[str, Any]], sets: Sequence[Outcomes]) -> tuple[Recorded, int]:
    """These rows and the scored answers of these data sets, as one, and how many answers were left out: those that tell no model
    from another. Raises BadInput where nothing is left."""
    import polars as pl

    frames = [pl.DataFrame([{c: row[c] for c in COLUMNS} for row in rows], schema={c: dtypes()[c] for c in COLUMNS})]
    for one in sets:
        named = one.frame.select(COLUMNS).with_columns(
            pl.format("{} {}", pl.lit(one.name), "query_id").alias("query_id")
        )
        frames.append(named.filter(pl.col("quality").is_not_null()))
    found = pl.concat(frames)
    whole = _recorded(rows, found) if len(found) else None
    if whole is None or not whole.telling.any():
        alone = f" ({len(found):,} answers to prompts that one model answered, by rule, say nothing of the others)"
        raise BadInput(
            "there is nothing to learn from yet: no vote, no graded answer; vote, or name a scored data set (--data)"
            + alone * bool(len(found))
        )
    kept = whole.take(whole.telling)
    return kept, len(found) - answers(kept)


def answers(recorded: Recorded) -> int:
    """How many have a score."""
    return int((~np.isnan(recorded.quality)).sum())


def _recorded(rows: Sequence[dict[str, Any]], found: Any) -> Recorded:
    """With the kind and the chance of each row; the data sets are a kind of their own."""
    import polars as pl

    found = found.with_columns(pl.lit(None, d).alias(c) for c, d in dtypes().items() if c not in COLUMNS)
    made = Outcomes("rewards", Path("rewards"), found.select(list(dtypes()))).recorded()
    kinds = {row["query_id"]: row["kind"] for row in rows}
    chances = {(row["query_id"], row["model"]): row["chance"] for row in rows if row["chance"] is not None}
    chance = np.array([[chances.get((p.id, m), np.nan) for m in made.ids] for p in made.prompts])
    return replace(made, chance=chance, kinds=np.array([kinds.get(p.id, "") for p in made.prompts], dtype=object))
