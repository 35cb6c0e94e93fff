"""Intents are read from the user's file or ours, checked, and compared with prompts as their docstring says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from strategies._intents import KNOWN, Fitted, Intents, embedded, parsed
from workbench import embed, policy
from workbench.errors import BadInput

WORDS = ("sum", "poem", "hello")
SUMS = [f"sum {'x' * i}" for i in range(6)]
POEMS = [f"poem {'x' * i}" for i in range(5)]


class Topics:
    """One axis for each word, and a little for length."""

    name, dim = "topics", len(WORDS) + 1

    def embed(self, texts: Sequence[str]) -> embed.Vectors:
        rows = [[*(float(w in text) for w in WORDS), len(text) / 100 + 0.01] for text in texts]
        found = np.array(rows, dtype=np.float32).reshape(-1, self.dim)
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def written(**changes: str) -> str:
    sums = {"tier": '"cheap"', "threshold": "0.4", "utterances": str(SUMS), **changes}
    table = "\n".join(f"{key} = {value}" for key, value in sums.items() if value)
    return f'[sums]\n{table}\n[poems]\ntier = "strong"\nthreshold = 0.5\nutterances = {POEMS}\n'


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    before = embed.shared()
    embed.use(Topics())
    policy.use(tmp_path)
    yield tmp_path
    policy.use(None)
    embed.use(before)


def made() -> Intents:
    return embedded(parsed(written()), Fitted("topics", {}), Topics())


def test_likeness_is_the_mean_of_the_five_largest_centred_cosines() -> None:
    known, asked = made(), Topics().embed(["sum of it", "a poem", "hello"])
    sums, poems = Topics().embed(SUMS), Topics().embed(POEMS)
    centre = (sums.mean(axis=0) + poems.mean(axis=0)) / 2
    for i, intent in enumerate((sums, poems)):
        for row, vector in enumerate(asked - centre):
            cosines = [u @ vector / np.linalg.norm(u) / np.linalg.norm(vector) for u in (intent - centre)]
            assert known.likeness(asked).mean[row, i] == pytest.approx(np.mean(sorted(cosines)[-5:]), abs=1e-5)


def test_the_nearest_utterance_is_one_of_the_intent() -> None:
    known = made()
    sums, poems = known.likeness(Topics().embed(["sum xxx"])).nearest[0]
    assert known.utterances[0][sums] == "sum xxx"
    assert 0 <= poems < len(POEMS)


def test_the_users_file_stands_in_place_of_ours_and_is_read_again_when_it_changes(home: Path) -> None:
    with pytest.raises(BadInput, match="the threshold of maths was fitted with all-MiniLM"):
        KNOWN.current()
    (home / "intents.toml").write_text(written(), encoding="utf-8")
    first = KNOWN.current()
    assert first.names == ("sums", "poems")
    assert KNOWN.current() is first
    (home / "intents.toml").write_text(written(threshold="0.45"), encoding="utf-8")
    assert KNOWN.current().thresholds.tolist() == [0.45, 0.5]


def test_another_embedder_embeds_the_utterances_anew(home: Path) -> None:
    (home / "intents.toml").write_text(written(), encoding="utf-8")
    first = KNOWN.current()
    embed.use(Topics())
    assert KNOWN.current() is not first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no intent"),
        ("[sums", "is not TOML"),
        ("sums = 3", "sums cannot be 3"),
        (written(tier='"huge"'), "tier must be one of cheap, middle, strong, default, not 'huge'"),
        (written(tier=""), "tier must be one of"),
        (written(colour="3"), "no key 'colour'"),
        (written(utterances="['one', 'two']"), "needs 5 or more utterances"),
        (written(utterances="[1, 2, 3, 4, 5]"), "must be a list of words"),
        (written(threshold=""), "no threshold from -1 to 1: write threshold = 0.3"),
        (written(threshold="7"), "no threshold from -1 to 1"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_mend(home: Path, text: str, said: str) -> None:
    (home / "intents.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        KNOWN.current()


def test_fitted_thresholds_of_the_users_own_lie_over_ours(home: Path) -> None:
    (home / "intents.toml").write_text(written(threshold=""), encoding="utf-8")
    (home / "intents").mkdir()
    fitted = home / "intents" / "thresholds.json"
    fitted.write_text('{"embedder": "topics", "thresholds": {"sums": 0.2}}', encoding="utf-8")
    assert KNOWN.current().thresholds.tolist() == [0.2, 0.5]
    for text in ("[1]", "{", '{"sums": 0.2}'):
        fitted.write_text(text, encoding="utf-8")
        with pytest.raises(BadInput, match=r"thresholds\.json"):
            KNOWN.current()


def test_thresholds_fitted_with_another_embedder_are_refused_and_written_ones_are_not(home: Path) -> None:
    (home / "intents").mkdir()
    fitted = home / "intents" / "thresholds.json"
    fitted.write_text('{"embedder": "sentence-transformers gte", "thresholds": {"sums": 0.2}}', encoding="utf-8")
    (home / "intents.toml").write_text(written(), encoding="utf-8")
    assert KNOWN.current().thresholds.tolist() == [0.4, 0.5]
    (home / "intents.toml").write_text(written(threshold=""), encoding="utf-8")
    with pytest.raises(
        BadInput, match=r"sums was fitted .* write one into \[sums\] of intents.toml, or set WORKBENCH_EMBEDDER=gte"
    ):
        KNOWN.current()
