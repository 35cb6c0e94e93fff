"""RouteLLM's GSM8K and MMLU results (lm-sys/RouteLLM, Apache-2.0): a prompt, and a column for each model with True or False.

The files state no cost, so it is 0 and `cost_basis` says so: give models of a catalog prices to compare costs.
"""

from __future__ import annotations

from collections.abc import Iterable

from ._clean import number
from ._importer import Importer
from ._place import Place, Row

OTHER = ("", "prompt", "Unnamed: 0", "index", "subject", "category", "question", "answer")


class RouteLLM(Importer):
    needs = ("prompt",)

    def take(self, row: Row, place: Place) -> Iterable[Row]:
        for model in [m for m in row if m not in OTHER and not m.endswith("_response") and number(row[m]) is not None]:
            yield {
                "dataset": place.stem,
                "category": row.get("subject") or row.get("category"),
                "query_id": f"{place.stem}-{place.n:06}",
                "prompt": row["prompt"],
                "model": model,
                "response": row.get(f"{model}_response"),
                "quality": row[model],
                "cost_usd": 0.0,
                "cost_basis": "not stated",
            }
