from __future__ import annotations

import pytest

from workbench.bench.safety import measure
from workbench.safety.finding import CATEGORIES, JUDGED
from workbench.safety.labelled import PARTS, labelled


@pytest.mark.parametrize("part", PARTS)
def test_there_are_enough_labelled_prompts_and_none_is_in_both_parts(part: str) -> None:
    rows = labelled(part)
    assert len(rows) >= 200
    assert len({one.id for one in rows}) == len({one.text for one in rows}) == len(rows)
    for category in CATEGORIES:
        assert sum(category in one.categories for one in rows) >= 7, category
    assert sum(not one.categories for one in rows) >= 80
    other = {one.text for name in PARTS if name != part for one in labelled(name)}
    assert not other & {one.text for one in rows}


def test_what_the_checks_reach_on_prompts_they_were_not_made_on() -> None:
    """Figures of the README, less what one machine may differ from another by."""
    test = measure()["test"]
    least = {"key": 0.85, "name": 0.8, "injection": 0.8}
    for category in CATEGORIES:
        assert float(test[category]["recall"][:4]) >= least.get(category, 0.75 if category in JUDGED else 0.95), (
            category
        )
    assert float(test["name"]["precision"][:4]) >= 0.8
    assert float(test["harmless"][:4]) <= 0.15
    assert float(test["harm of any kind found"][:4]) >= 0.75
