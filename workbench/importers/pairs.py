"""MT-Bench's pairwise judgments (lmsys/mt_bench_human_judgments, CC-BY-4.0): model_a, model_b, winner and who judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._importer import Importer
from ._place import Place, Row


class Pairs(Importer):
    kind = "votes"
    needs = ("question_id", "model_a", "model_b", "winner", "judge")

    def take(self, row: Row, place: Place) -> Iterable[Row]:
        judge = _judge(row["judge"])
        human = judge.startswith(("author", "expert"))
        yield {
            "dataset": "mt-bench",
            "query_id": f"{row['question_id']}-turn{row.get('turn', 1)}",
            "model_a": row["model_a"],
            "model_b": row["model_b"],
            "winner": "tie" if str(row["winner"]).startswith("tie") else row["winner"],
            "judge": "human" if human else judge,
            "annotator": judge,
        }


def _judge(value: Any) -> str:
    return str(value[0]) if isinstance(value, list) and value else str(value)
