"""`python -m workbench.safety.train`: fits the classifier on the dev part and writes data/safety/classifier.json.

Prompts to learn complexity and intents from are harmless ones beside it. Strength and scale were chosen by 5-fold cross-validation on
these same texts, never on the test part.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from workbench import embed
from workbench.settings import shipped

from .classifier import features
from .finding import JUDGED
from .labelled import Labelled, labelled

STRENGTH = 10.0
"""C of the regression."""
DIGITS = 4


def train() -> dict[str, Any]:
    """The classifier as its file has it: the same bytes each time on one machine."""
    dev, harmless = labelled("dev"), _harmless()
    y = np.array([_class(one) for one in dev] + [0] * len(harmless))
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=3000)
    model.fit(features([one.text for one in dev] + harmless), y)
    rows = zip(("harmless", *JUDGED), model.coef_.tolist(), model.intercept_.tolist(), strict=True)
    classes = {
        name: {"bias": round(bias, DIGITS), "weights": [round(w, DIGITS) for w in weights]}
        for name, weights, bias in rows
    }
    return {"embedder": embed.shared().name, "trained_on": "dev.jsonl", "classes": classes}


def _harmless() -> list[str]:
    files = [shipped(name).read_text(encoding="utf-8") for name in ("complexity/train.jsonl", "intents/dev.jsonl")]
    return [json.loads(line)["text"] for text in files for line in text.splitlines()]


def _class(one: Labelled) -> int:
    return next((1 + at for at, category in enumerate(JUDGED) if category in one.categories), 0)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else shipped("safety/classifier.json")
    target.write_text(json.dumps(train(), separators=(",", ":")) + "\n", encoding="utf-8")
