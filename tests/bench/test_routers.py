from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.recordings import recorded
from workbench.bench.routers import by_category, measure, tried
from workbench.errors import BadInput


def test_without_the_data_sets_it_says_where_they_belong(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="put them there"):
        measure({}, tmp_path / "none")


def test_a_router_that_knows_the_kinds_of_prompt_is_above_the_zero_router() -> None:
    """Four kinds of prompt: the small model can do two of them, the big one all. Half of the calls win back the whole gap."""
    data = recorded([[float(i % 4 < 2), 1.0] for i in range(240)])
    found = tried(data, ("knn",))["knn"]
    assert found.apgr[0] == pytest.approx(0.75)
    assert found.aiq[0] == pytest.approx(0.875)
    assert found.above_zero == pytest.approx(0.125)
    assert len(found.apgr) == len(found.aiq) == 301


def test_a_setting_is_judged_against_the_mix_of_two_models_that_costs_as_much() -> None:
    """All right at half of the big model's cost, where a mix is right three times in four; the cheap model alone is on the line."""
    data = recorded([[float(i % 4 < 2), 1.0] for i in range(240)])
    gap, error = tried(data, ("knn",))["knn"].settings_above_zero
    assert gap.max() == pytest.approx(0.25)
    assert [gap[-1], error[-1]] == pytest.approx([0, 0], abs=1e-12)
    assert 0 < error[gap.argmax()] < 0.03


def test_categories_part_the_prompts() -> None:
    parts = by_category(recorded(np.eye(2)[np.arange(8) % 2]))
    assert {name: len(part) for name, part in parts.items()} == {"prove": 2, "say": 2, "sum": 2, "translate": 2}
