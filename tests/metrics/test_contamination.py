from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.metrics.contamination import Pair, Vectors, contaminated, nearest


def unit(*rows: tuple[float, float]) -> Vectors:
    found = np.array(rows, dtype=np.float32)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


def test_the_nearest_prompt_counts_when_it_is_near_enough() -> None:
    """Cosines by hand: (1, 0) and (3, 4) have 0.6; (1, 0) and (24, 7) have 0.96."""
    judged, train = unit((1, 0)), unit((3, 4), (24, 7))
    (pair,) = contaminated(["x"], ["a", "b"], judged, train)
    assert (pair.judged, pair.train, pair.equal) == (0, 1, False)
    assert pair.cosine == pytest.approx(0.96)
    assert contaminated(["x"], ["a", "b"], judged, train, threshold=0.97) == []
    assert len(contaminated(["x"], ["a"], judged, train[:1], threshold=0.59)) == 1


def test_equal_but_for_case_and_white_space_is_equal_whatever_the_vectors_say() -> None:
    judged, train = unit((1, 0), (1, 0)), unit((0, 1), (0, 1))
    found = contaminated(["Say  HI\n", "say ho"], ["say hi", "Say hi"], judged, train)
    assert found == [Pair(0, 0, 1.0, equal=True)]


def test_nothing_to_learn_from_contaminates_nothing() -> None:
    assert contaminated(["x"], [], unit((1, 0)), np.empty((0, 2), dtype=np.float32)) == []
    assert contaminated([], ["x"], np.empty((0, 2), dtype=np.float32), unit((1, 0))) == []


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(0, 99))
def test_blocks_find_what_one_product_finds(n: int, m: int, block: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, others = (random.integers(-2, 3, (k, 3)).astype(np.float32) for k in (n, m))
    at, cosine = nearest(rows, others, block)
    whole = rows @ others.T
    np.testing.assert_array_equal(at, whole.argmax(axis=1))
    np.testing.assert_array_equal(cosine, whole.max(axis=1))
