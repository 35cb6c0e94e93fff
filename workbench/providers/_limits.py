"""How long a vendor's silence is waited out: `timeout_s` (120) and `connect_s` (10) of `Model.options`, and the reader's patience."""

from __future__ import annotations

import httpx

from workbench.patience import connect_s, shorter
from workbench.types import Model

SILENCE_S = 120.0
CONNECT_S = 10.0


def limits(model: Model) -> httpx.Timeout:
    """The reader's patience for a connection, where it has less than the model's options."""
    connect = float(model.options.get("connect_s", CONNECT_S))
    silence = float(model.options.get("timeout_s", SILENCE_S))
    return httpx.Timeout(silence, connect=shorter(connect, connect_s()), pool=None)
