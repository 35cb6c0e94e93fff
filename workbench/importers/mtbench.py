"""MT-Bench's single-answer judgments (lm-sys/FastChat, fastchat/llm_judge; Apache-2.0): a score a question, model and turn.

JSON lines such as model_judgment/gpt-4_single.jsonl, and RouteLLM's judgements.jsonl. Quality is (score - 1) / 9 of the judge's
1 to 10; the -1 of a judge that gave none is skipped. A turn is a query of its own: question and answer are cut out of what the
judge was shown, and the second turn's context is the first question alone, since each model gave an answer of its own to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from ._clean import number
from ._importer import Importer
from ._place import Place, Row

LOWEST, HIGHEST = 1.0, 10.0
FIRST, EACH = 81, 10
CATEGORIES = ("writing", "roleplay", "reasoning", "math", "coding", "extraction", "stem", "humanities")
"""Ten questions each, from number 81 on."""
QUESTION, ANSWER = "[Question]\n", "[The Start of Assistant's Answer]\n"
TALK, USER, ASSISTANT = (
    "<|The Start of Assistant A's Conversation with User|>\n\n### User:\n",
    "\n\n### User:\n",
    "\n\n### Assistant A:\n",
)


class MTBench(Importer):
    needs = ("question_id", "model", "score", "user_prompt")
    graded = True

    def take(self, row: Row, place: Place) -> Iterable[Row | str]:
        score, shown = number(row["score"]), str(row["user_prompt"])
        if row["question_id"] is None:
            yield "no question_id"
        elif score is None or not LOWEST <= score <= HIGHEST:
            yield "the judge gave no score from 1 to 10"
        elif found := two_turns(shown) or one_turn(shown):
            yield _row(row, score, found)
        else:
            yield "question and answer cannot be told apart in user_prompt"


def one_turn(shown: str) -> dict[str, str]:
    """Question and answer out of what a judge of one answer was shown; nothing where it is something else."""
    question = shown.partition(QUESTION)[2].partition("\n\n[The Start of ")[0]
    answer = shown.partition(ANSWER)[2].rpartition("\n[The End of Assistant's Answer]")[0]
    return {"prompt": question, "response": answer, "turn": "1"} if question and answer else {}


def two_turns(shown: str) -> dict[str, str]:
    """The second question and answer, with the first question as context."""
    talk = shown.partition(TALK)[2].rpartition("\n\n<|The End of Assistant A's Conversation with User|>")[0]
    first, _, rest = talk.partition(ASSISTANT)
    rest, _, answer = rest.rpartition(ASSISTANT)
    _, _, question = rest.rpartition(USER)
    context = json.dumps([{"role": "user", "content": first}], ensure_ascii=False)
    return {"prompt": question, "response": answer, "turn": "2", "context": context} if question and answer else {}


def _row(row: Row, score: float, found: dict[str, str]) -> Row:
    return found | {
        "dataset": "mt-bench",
        "query_id": f"{row['question_id']}-{found['turn']}",
        "category": category(row["question_id"]),
        "model": row["model"],
        "quality": (score - LOWEST) / (HIGHEST - LOWEST),
    }


def category(question: Any) -> str | None:
    """The category of one of MT-Bench's 80 questions; None for a question of one's own."""
    n = number(question)
    at = int((n - FIRST) // EACH) if n is not None else -1
    return CATEGORIES[at] if 0 <= at < len(CATEGORIES) else None
