"""Agreement against published tables and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.metrics.agreement import cohen, fleiss, in_words, kappa_of, krippendorff


def labels(table: list[list[int]]) -> tuple[list[int], list[int]]:
    pairs = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def test_cohens_kappa_of_the_textbook_table() -> None:
    """Seen .7, by chance .5: (.7 - .5) / .5 = .4; the asymptotic interval is (.1511, .6489)."""
    found = cohen(*labels([[20, 5], [10, 15]]))
    assert found.value == pytest.approx(0.4)
    assert (found.low, found.high) == pytest.approx((0.1511, 0.6489), abs=0.015)


def test_the_jackknife_leaves_out_every_item_once() -> None:
    table = np.array([[20.0, 5.0], [10.0, 15.0]])
    without = []
    for i in range(2):
        for j in range(2):
            less = table.copy()
            less[i, j] -= 1
            without += [kappa_of(less)] * int(table[i, j])
    half = 1.959964 * np.sqrt(49 / 50 * ((np.array(without) - np.mean(without)) ** 2).sum())
    found = cohen(*labels([[20, 5], [10, 15]]))
    assert found.high - found.value == pytest.approx(half)


def test_full_agreement_is_one_and_independence_nothing() -> None:
    assert cohen("abcabc", "abcabc").value == 1.0
    assert cohen(*labels([[25, 25], [25, 25]])).value == pytest.approx(0.0)
    assert cohen("aaaa", "aaaa").value == 1.0


def test_fleiss_kappa_of_wikipedias_table() -> None:
    counts = "0 0 0 0 14|0 2 6 4 2|0 0 3 5 6|0 3 9 2 0|2 2 8 1 1|7 7 0 0 0|3 2 6 3 0|2 5 3 2 2|6 5 2 1 0|0 2 2 3 7"
    found = fleiss(np.array([[float(x) for x in row.split()] for row in counts.split("|")]))
    assert found.value == pytest.approx(0.20993, abs=1e-5)
    assert found.low < found.value < found.high


def test_krippendorffs_alpha_of_wikipedias_table() -> None:
    nan = np.nan
    ratings = np.array(
        [
            [nan, nan, nan, nan, nan, 3, 4, 1, 2, 1, 1, 3, 3, nan, 3],
            [1, nan, 2, 1, 3, 3, 4, 3, nan, nan, nan, nan, nan, nan, nan],
            [nan, nan, 2, 1, 3, 4, 4, nan, 2, 1, 1, 3, 3, nan, 4],
        ]
    )
    assert krippendorff(ratings).value == pytest.approx(0.691358, abs=1e-6)
    assert krippendorff(ratings, "interval").value == pytest.approx(0.810845, abs=1e-6)


def test_too_little_to_compare_is_refused() -> None:
    with pytest.raises(BadInput, match="same items"):
        cohen("ab", "a")
    with pytest.raises(BadInput, match="same number of raters"):
        fleiss(np.array([[2.0, 0.0], [1.0, 0.0]]))
    with pytest.raises(BadInput, match="two items"):
        krippendorff(np.array([[1.0, np.nan], [np.nan, 2.0]]))


def test_intervals_hold_their_level() -> None:
    """Two raters who agree on 70 % of 150 even labels: kappa .4. The interval holds it in about 95 of 100 samples."""
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(300):
        first = rng.random(150) < 0.5
        second = np.where(rng.random(150) < 0.7, first, ~first)
        found = cohen(first.tolist(), second.tolist())
        held += found.low <= 0.4 <= found.high
    assert 0.92 <= held / 300 <= 0.98


@pytest.mark.parametrize(("kappa", "word"), [(0.9, "almost perfect"), (0.5, "moderate"), (-0.1, "none beyond chance")])
def test_a_kappa_has_a_word(kappa: float, word: str) -> None:
    assert in_words(kappa) == word
