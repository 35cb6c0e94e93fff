"""RouterBench's wide tables (withmartin/routerbench, MIT): one row a query, for each model a score and `MODEL|total_cost`.

Also `MODEL|model_response`. Its files are pickles: convert them to Parquet or CSV first. Scores are 0 to 1 already.
"""

from __future__ import annotations

from collections.abc import Iterable

from ._importer import Importer
from ._place import Place, Row

COST, RESPONSE = "|total_cost", "|model_response"


class RouterBench(Importer):
    needs = ("sample_id", "prompt", "eval_name")

    def lacks(self, row: Row) -> list[str]:
        return super().lacks(row) + ([] if any(name.endswith(COST) for name in row) else [f"MODEL{COST}"])

    def take(self, row: Row, place: Place) -> Iterable[Row]:
        for model in [name.removesuffix(COST) for name in row if name.endswith(COST)]:
            yield {
                "dataset": "routerbench",
                "category": row["eval_name"],
                "query_id": row["sample_id"],
                "prompt": _text(row["prompt"]),
                "model": model,
                "response": row.get(model + RESPONSE),
                "quality": row.get(model),
                "cost_usd": row[model + COST],
                "cost_basis": "recorded",
            }


def _text(prompt: object) -> str:
    """Prompts are lists of turns, or such a list as text."""
    if isinstance(prompt, list):
        return "\n".join(map(str, prompt))
    text = str(prompt)
    return text[2:-2] if text[:2] in ("['", '["') and text[-2:] in ("']", '"]') else text
