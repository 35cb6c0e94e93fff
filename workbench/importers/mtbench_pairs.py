"""MT-Bench's pairwise judgments, by humans (lmsys/mt_bench_human_judgments, CC-BY-4.0) and by a model (lm-sys/FastChat).

A person's row names model_a, model_b, winner and judge, with both conversations. FastChat's gpt-4_pair.jsonl asked the judge twice,
positions swapped (g1_winner, g2_winner): that is two votes. "tie (inconsistent)" is a tie; a judge's error is skipped.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._chat import said
from ._importer import Importer
from ._place import Place, Row
from .mtbench import category

PEOPLE = ("author", "expert")
"""How the names of people begin, such as expert_12."""


class MTBenchPairs(Importer):
    kind = "votes"
    needs = ("question_id", "judge")

    def lacks(self, row: Row) -> list[str]:
        human = [name for name in ("model_a", "model_b", "winner") if name not in row]
        judge = [name for name in ("model_1", "model_2", "g1_winner", "g2_winner") if name not in row]
        return super().lacks(row) + (human if judge else [])

    def take(self, row: Row, place: Place) -> Iterable[Row | str]:
        if row["question_id"] is None:
            yield "no question_id"
            return
        turn = 2 if str(row.get("turn")) == "2" else 1
        judge = row["judge"][0] if isinstance(row["judge"], list) and row["judge"] else str(row["judge"])
        shared = {
            "dataset": "mt-bench",
            "query_id": f"{row['question_id']}-{turn}",
            "category": category(row["question_id"]),
            "judge": "human" if str(judge).startswith(PEOPLE) else judge,
            "annotator": judge,
            "tstamp": row.get("tstamp"),
        }
        if "g1_winner" not in row:
            yield shared | _vote(row, turn)
            return
        one, two = row["model_1"], row["model_2"]
        names = {"model_1": one, "model_2": two}
        for a, b, winner in ((one, two, row["g1_winner"]), (two, one, row["g2_winner"])):
            won = names.get(str(winner))
            side = winner if won is None else "model_a" if won == a else "model_b"
            yield shared | {"model_a": a, "model_b": b, "winner": side}


def _vote(row: Row, turn: int) -> dict[str, Any]:
    """One person's."""
    a, b = row.get("conversation_a"), row.get("conversation_b")
    return {
        "prompt": said(a, "user", turn - 1),
        "model_a": row["model_a"],
        "model_b": row["model_b"],
        "response_a": said(a, "assistant", turn - 1),
        "response_b": said(b, "assistant", turn - 1),
        "winner": "tie" if str(row["winner"]).startswith("tie") else row["winner"],
    }
