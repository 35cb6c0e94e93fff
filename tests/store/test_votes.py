import asyncio
from pathlib import Path

from workbench.store import Store, open_store
from workbench.store.votes import crowd

from .battles import SPECS, ballot, comparison

KEYS = [spec.key for spec in SPECS]


def seen(store: Store, keys: list[str]) -> dict[str, int]:
    return asyncio.run(crowd(store, keys))


def test_the_crowd_counts_votes_on_exactly_these_strategies(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        for id, choice in (("c", "A"), ("d", "A"), ("f", "B"), ("g", "tie"), ("h", "both_bad")):
            asyncio.run(store.append([*comparison(id), ballot(f"{id}-0", choice)]))
        asyncio.run(store.append([*comparison("s"), ballot("s-0", "", "skip")]))
        assert seen(store, KEYS) == {KEYS[0]: 2, KEYS[1]: 1, "tie": 1, "bad": 1}
        assert seen(store, KEYS[::-1]) == seen(store, KEYS)
        assert seen(store, KEYS[:1]) == {}
        assert seen(store, [*KEYS, "another"]) == {}
