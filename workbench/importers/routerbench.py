"""RouterBench's wide tables (withmartian/routerbench; its data is withmartian/routerbench on the Hugging Face Hub).

A row a query: sample_id, prompt, eval_name, and for each model a score from 0 to 1 in a column of its name, `MODEL|total_cost` in
USD and `MODEL|model_response`. The files are pickles: convert them to Parquet or CSV where you trust them. Prompts and answers
are Python lists of turns written as text; turns are joined by a line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ._importer import Importer
from ._place import Place, Row

COST, RESPONSE = "|total_cost", "|model_response"


class RouterBench(Importer):
    needs = ("sample_id", "prompt", "eval_name")
    graded = True

    def lacks(self, row: Row) -> list[str]:
        return super().lacks(row) + ([] if any(name.endswith(COST) for name in row) else [f"MODEL{COST}"])

    def take(self, row: Row, place: Place) -> Iterable[Row | str]:
        prompt = turns(row["prompt"])
        for model in [name.removesuffix(COST) for name in row if name.endswith(COST)]:
            response = row.get(model + RESPONSE)
            yield {
                "dataset": "routerbench",
                "category": row["eval_name"],
                "query_id": row["sample_id"],
                "prompt": prompt,
                "model": model,
                "response": None if response is None else turns(response),
                "quality": row.get(model),
                "cost_usd": row[model + COST],
                "cost_basis": "recorded",
            }


def turns(said: object) -> str | None:
    """The text of a list of turns, or of such a list as text; other text is taken as it is."""
    if isinstance(said, str) and said[:2] in ("['", '["') and said[-2:] in ("']", '"]'):
        try:
            said = ast.literal_eval(said)  # literals only: it runs nothing
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return str(said)
    if isinstance(said, list):
        return "\n".join(map(str, said))
    return None if said is None else str(said)
