from __future__ import annotations

import numpy as np
import pytest

from strategies import _twins
from strategies._acceptor import Acceptor
from strategies._course import Table, stops
from strategies._twins import without
from tests.strategies.test_acceptor import prompts

WRONG = np.array([0.5, 0.9])
COST = np.array([1e-5, 1e-3])


def test_a_prompt_and_its_twin_are_both_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_twins, "BLOCK", 2)
    rows = np.eye(5, dtype=np.float32)[[0, 1, 2, 1, 4]]
    assert without(rows).tolist() == [True, False, True, False, True]


def test_nothing_has_no_twin() -> None:
    assert without(np.empty((0, 4), dtype=np.float32)).tolist() == []


def test_the_learned_acceptors_guarantee_is_kept_though_every_prompt_stands_twice() -> None:
    """On pure noise a cascade's draft is as often right as not: kept at a price it would fail half the time."""
    broken = kept = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        once = prompts(60)
        right = (rng.random((60, 2)) < WRONG).astype(float)
        twice, quality = [*once, *once], np.vstack([right, right])
        texts = np.full((120, 2), "the same words", dtype=object)
        acceptor, held = Acceptor.learned(twice, texts, np.zeros((120, 2)), quality, [0])
        unseen = without(acceptor.reader.vectors(twice))
        course = Table.of([held.after[0]], quality, np.tile(COST, (120, 1)), unseen).guarantee(0.2, 0.1)
        if course.price is None:
            continue
        kept += 1
        new = acceptor.expect(
            prompts(200)[60:], np.full((140, 2), "the same words", dtype=object), np.zeros((140, 2)), [0]
        )
        drafts = (stops([new.after[0]], COST, course.price) == 0).mean()
        broken += drafts * (1 - WRONG[0]) * WRONG[1] > 0.2
    assert broken <= 1, f"broken {broken} of {kept} kept"
