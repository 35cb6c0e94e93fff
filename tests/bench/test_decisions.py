from __future__ import annotations

from workbench import embed
from workbench.bench.decisions import Drawn, measure
from workbench.registry import Registry
from workbench.strategy import Router, Strategy


def test_every_router_is_timed_and_keeps_its_promises() -> None:
    """Twice what is promised of a quiet machine, which this one need not be: `workbench bench decisions` has the figures."""
    before, strategies = embed.shared(), Registry("strategies", Strategy)  # type: ignore[type-abstract]
    figures = measure(rounds=2, batch=2000)
    assert figures["prompts"] >= 32
    rows = {row["router"]: row for row in figures["routers"]}
    assert set(rows) == {name for name in strategies.names() if issubclass(strategies.load(name), Router)}
    for name, row in rows.items():
        assert 0 < row["us_median"] <= row["us_p99"], name
        assert 0 < row["2kb_us_median"] <= row["2kb_us_p99"], name
        assert row["us_median"] < 200, name
        assert 0 < row["batch_s"] < 1, name
    embedding = {name for name, row in rows.items() if row["new_us_median"] is not None}
    assert {"knn", "semantic", "bandit"} <= embedding
    assert not {"complexity", "random", "weighted"} & embedding
    assert all(rows[name]["new_us_median"] > rows[name]["us_median"] for name in embedding)
    assert embed.shared() is before


def test_drawn_vectors_are_of_length_one_and_the_same_every_time() -> None:
    drawn = Drawn()
    assert not drawn.asked
    one, two = drawn.embed(["a", "b"]), drawn.embed(["b", "a"])
    assert drawn.asked
    assert (one == two[::-1]).all()
    assert abs((one**2).sum(axis=1) - 1).max() < 1e-5
