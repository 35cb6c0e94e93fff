"""Agreement among recorded samples: what the strategy makes of them, and what it is worth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from workbench.bench.samples import SETS, SHARED, Sampled, Voted, _at, measure, read, voted
from workbench.errors import BadInput
from workbench.metrics import pgr

needs_shared = pytest.mark.skipif(not SHARED.is_file(), reason="recorded samples of hosted models are not at hand")
AGREED = Sampled("a", "What is 2 + 2?", ("4", "The answer is 4.", "5"), (1.0, 1.0, 0.0), 1.0)
TORN = Sampled("t", "What is 7 x 8?", ("54", "55", "56"), (0.0, 0.0, 1.0), 1.0)


def test_the_strategy_votes_over_the_samples_in_their_order() -> None:
    vote = voted([AGREED, TORN], 3)
    assert vote.text == ("4", "54")
    assert vote.share == pytest.approx([2 / 3, 1 / 3])
    assert vote.weak.tolist() == [1.0, 0.0]
    assert vote.calls.tolist() == [3.0, 3.0]
    assert voted([AGREED, TORN], 2).share == pytest.approx([1.0, 0.5])


def test_the_price_of_a_strong_call_from_which_it_pays_is_told() -> None:
    """Of four prompts two are passed on, which need it: quality 3/4. Mixing 1/4 and 1 reaches that with 2/3 strong
    calls: as dear as 3 weak and 1/2 strong ones where 1/3 + 2/3 r = 3 + 1/2 r, at r = 16."""
    sure = np.array([1.0, 1.0, 0.2, 0.2])
    weak, calls = np.array([1.0, 0.0, 0.0, 0.0]), np.full(4, 3.0)
    vote = Voted(("",) * 4, sure, weak, calls)
    said = _at(0.6, vote, single=weak, strong=np.ones(4))
    assert said == (
        "quality 0.750, 3 weak calls and 0.50 strong ones; cheaper than mixing where a strong call costs 16 weak ones"
    )
    backwards = Voted(("",) * 4, sure[::-1], weak, calls)
    assert _at(0.6, backwards, single=weak, strong=np.ones(4)).endswith("never cheaper than mixing")
    assert _at(0.6, vote, single=weak, strong=np.array([0.0, 0.0, 1.0, 1.0])).endswith("above the strong model alone")


def test_prompts_with_too_few_samples_or_no_strong_answer_are_left_out() -> None:
    rows = [
        {"dataset": "d", "query_id": q, "prompt": f"ask {q}", "model": m, "prompt_style": s, "sample_idx": i, "said": t}
        | {"quality": float(i)}
        for q, m, s, i, t in [
            *(("whole", "weak", "x", i, str(i)) for i in (1, 0)),
            ("short", "weak", "x", 0, "0"),
            *(("alone", "weak", "x", i, None) for i in (0, 1)),
            *((q, "gpt-4", "greedy_x", 0, "1") for q in ("whole", "short")),
        ]
    ]
    found = read(pl.DataFrame(rows), "d", "weak", "x", "said", 2)
    assert found == [Sampled("whole", "ask whole", ("0", "1"), (0.0, 1.0), 0.0)]


def test_without_the_samples_it_says_where_they_are_missing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="needs recorded samples"):
        measure(tmp_path / "none.parquet")


@needs_shared
@pytest.mark.parametrize("name", SETS)
def test_agreement_tells_which_drafts_need_the_strong_model(name: str) -> None:
    prompts = read(pl.read_parquet(SHARED), *SETS[name], most=10)
    vote = voted(prompts, 5)
    strong = np.array([one.strong for one in prompts])
    assert len(prompts) > 350
    assert pgr.apgr(pgr.recovered(-vote.share, vote.weak, strong)) > 0.58
    assert vote.weak.mean() >= np.mean([one.quality[0] for one in prompts])
