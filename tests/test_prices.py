from __future__ import annotations

from workbench.prices import Prices


def test_the_first_known_name_gives_prices_per_million_context_and_capabilities() -> None:
    assert Prices().find("nobody/none", "gpt-4.1-mini") == {
        "price_in": 0.4,
        "price_out": 1.6,
        "context": 1047576,
        "capabilities": ["vision", "tools", "json"],
    }


def test_a_name_without_a_price_is_not_priced_at_zero() -> None:
    assert Prices().find("nobody/none", "") == {}
