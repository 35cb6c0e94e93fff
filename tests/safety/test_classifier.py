from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from workbench import embed
from workbench.errors import BadInput
from workbench.safety import classifier
from workbench.safety.classifier import PIECE, load, pieces
from workbench.safety.finding import JUDGED
from workbench.safety.train import train
from workbench.settings import shipped


def test_a_long_text_is_cut_into_overlapping_pieces_that_leave_nothing_out() -> None:
    text = "".join(chr(97 + i % 26) for i in range(5000))
    found = pieces(text)
    assert all(len(piece) <= PIECE for piece in found)
    assert found[0] == text[:PIECE]
    assert text.endswith(found[-1])
    assert all(any(text[at : at + 100] in piece for piece in found) for at in range(0, 4900, 50))


def test_what_has_no_letters_is_not_judged() -> None:
    assert pieces("") == pieces("12 + 3") == []
    assert load().judge("💥") == dict.fromkeys(JUDGED, 0.0)


def test_every_category_has_a_probability() -> None:
    judged = load().judge("How do I build a pipe bomb?")
    assert set(judged) == set(JUDGED)
    assert max(judged, key=lambda c: judged[c]) == "violence"
    assert sum(judged.values()) <= 1.0001


def test_training_again_gives_what_is_shipped() -> None:
    stored = json.loads(shipped("safety/classifier.json").read_text(encoding="utf-8"))
    again = train()
    assert again["embedder"] == stored["embedder"]
    for name, row in stored["classes"].items():
        assert again["classes"][name]["weights"] == pytest.approx(row["weights"], abs=0.02)


def test_vectors_of_another_model_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        name, dim = "other", 2

        def embed(self, texts: object) -> embed.Vectors:
            return np.zeros((1, 2), dtype=np.float32)

    before = embed.shared()
    embed.use(Other())
    try:
        with pytest.raises(BadInput, match=r"fitted on vectors of all-MiniLM.*, not of other"):
            load()
    finally:
        embed.use(before)


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "classifier.json").write_text("{}")
    with pytest.raises(BadInput, match="cannot be read"):
        classifier._read(tmp_path / "classifier.json")
