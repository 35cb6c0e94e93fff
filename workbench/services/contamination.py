"""Which prompts of a data set are also, or nearly, among those a strategy learns from when the others are judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench import embed
from workbench.metrics.contamination import THRESHOLD, contaminated
from workbench.recorded import Recorded
from workbench.template import particular, shared_lines

from .folds import TRAIN, Fold, folds

FOLDS = 5
SHOWN = 300
"""Characters of a prompt in the report."""


def own_parts(recorded: Recorded) -> tuple[list[Fold], str]:
    """How a replay would cut the data, and in words: its own split where prompts are marked train, else folds."""
    marked = recorded.splits == TRAIN
    if marked.any() and not marked.all():
        return folds(recorded, 0), "its own split"
    k = min(FOLDS, len(recorded))
    return (folds(recorded, k), f"{k} folds") if k > 1 else ([], "one prompt")


def contamination(recorded: Recorded, parts: Sequence[Fold], threshold: float = THRESHOLD) -> dict[str, Any]:
    """How many of the judged prompts are contaminated, and which: plain JSON values, the most alike first.

    Embeds each prompt without the lines that many of them share (templates, few-shot examples), as the strategies do.
    """
    texts = ["\n".join(m.text for m in p.messages if m.role != "system") for p in recorded.prompts]
    template = shared_lines(texts)
    vectors = embed.shared().embed([particular(text, template) for text in texts])
    found = []
    for train, judged in parts:
        pairs = contaminated(
            [texts[i] for i in judged], [texts[i] for i in train], vectors[judged], vectors[train], threshold
        )
        found += [(int(judged[p.judged]), int(train[p.train]), p) for p in pairs]
    found.sort(key=lambda one: (-one[2].cosine, one[0]))
    return {
        "judged": sum(len(judged) for _, judged in parts),
        "contaminated": len(found),
        "equal": sum(pair.equal for _, _, pair in found),
        "threshold": threshold,
        "pairs": [
            {
                "query_id": recorded.prompts[i].id,
                "like": recorded.prompts[j].id,
                "cosine": round(pair.cosine, 4),
                "equal": pair.equal,
                "prompt": texts[i][:SHOWN],
                "like_prompt": texts[j][:SHOWN],
            }
            for i, j, pair in found
        ],
    }
