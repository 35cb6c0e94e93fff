from __future__ import annotations

import numpy as np
import pytest

from strategies._shape import shapes


def test_hedging_and_refusing_are_seen() -> None:
    hedged, refused, plain = shapes(["I think it is 4.", "I'm sorry, I cannot help with that.", "4"])
    assert (hedged[-2], refused[-2], plain[-2]) == (1.0, 0.0, 0.0)
    assert (hedged[-1], refused[-1], plain[-1]) == (0.0, 1.0, 0.0)


def test_counts_are_logarithms_and_shares_are_shares() -> None:
    (found,) = shapes(["AB 12"])
    assert found[:2] == pytest.approx(np.log1p([5, 2]))
    assert found[7] == pytest.approx(np.log1p(1))
    assert found[8:10] == pytest.approx([2 / 5, 2 / 5])


@pytest.mark.parametrize("text", ["", "x" * 1_000_000, "\ud800", "𝒽" * 50])
def test_any_text_has_a_finite_shape(text: str) -> None:
    assert np.isfinite(shapes([text])).all()


def test_no_text_has_no_rows() -> None:
    assert shapes([]).shape == (0, 13)
