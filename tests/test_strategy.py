"""What the contract itself refuses, whatever a strategy does."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.errors import BadInput
from workbench.strategy import Router
from workbench.types import Model, Prompt, user


class Slip(Router):
    def decide(self, prompt: Prompt) -> Any:
        return prompt.models[0].id


def test_a_route_that_is_no_decision_is_refused_with_what_it_must_be() -> None:
    prompt = Prompt("p", (user("hi"),), (Model("small"),))
    with pytest.raises(BadInput, match=r"Slip.decide returned 'small': it must return Decision\(model.id, 'why'\)"):
        Slip().decision(prompt)
    with pytest.raises(BadInput, match="Slip"):
        Slip().decide_all([prompt])
