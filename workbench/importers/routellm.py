"""RouteLLM's GSM8K and MMLU results (lm-sys/RouteLLM, routellm/evals; Apache-2.0): a prompt, and True or False a model.

gsm8k/gsm8k_responses.csv has `MODEL_response` beside each model; mmlu/responses/ is a folder of mmlu_SUBJECT.csv, which can be
imported as one. Where the repository's contaminated_prompts.jsonl lies beside them, or one folder up, its prompts get the split
`contaminated`, the others `eval`. The files state no cost: it is 0 and `cost_basis` says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from ._importer import Importer
from ._place import Place, Row
from ._report import Report
from ._tables import json_lines

RESPONSE = "_response"
OTHER = ("", "prompt", "Unnamed: 0", "index")
CONTAMINATED = "contaminated_prompts.jsonl"


class RouteLLM(Importer):
    needs = ("prompt",)
    graded = True

    def __init__(self) -> None:
        self._contaminated: set[str] | None = None

    def begin(self, file: Path) -> None:
        lists = [folder / CONTAMINATED for folder in (file.parent, file.parent.parent)]
        found = next((listed for listed in lists if listed.is_file()), None)
        rows = json_lines(found, Report()) if found else ()
        self._contaminated = {str(row.get("eval_prompt")) for _, row in rows} if found else None

    def lacks(self, row: Row) -> list[str]:
        return super().lacks(row) or ([] if models(row) else ["a column of a model's name"])

    def take(self, row: Row, place: Place) -> Iterable[Row | str]:
        dataset, _, subject = place.stem.removesuffix("_responses").partition("_")
        prompt = row["prompt"]
        name = hashlib.blake2b(f"{place.stem}\0{prompt}".encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        for model in models(row):
            yield {
                "dataset": f"routellm_{dataset}",
                "split": self._split(prompt),
                "category": subject or dataset,
                "query_id": name,
                "prompt": prompt,
                "model": model,
                "response": row.get(model + RESPONSE),
                "quality": row[model],
            }

    def _split(self, prompt: object) -> str | None:
        if self._contaminated is None:
            return None
        return "contaminated" if str(prompt) in self._contaminated else "eval"


def models(row: Row) -> list[str]:
    """Columns that are models."""
    return [name for name in row if name not in OTHER and not name.endswith(RESPONSE)]
