from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.services.columns import ALIGN, differences, split


def packed(values: NDArray[Any]) -> str:
    return base64.b64encode(values.tobytes()).decode()


def test_every_column_lies_where_the_document_says_in_its_own_kind() -> None:
    rng = np.random.default_rng(0)
    quality, cost = rng.random((3, 5, 2)).astype("<f4")[:2]
    chosen = rng.integers(0, 2, (4, 5)).astype(np.uint8)
    spent = rng.random((4, 5)).astype("<f4")
    document: dict[str, Any] = {
        "data": {"prompts": 5, "models": ["a", "b"]},
        "cells": {
            "quality": packed(quality),
            "cost": packed(cost),
            "category": packed(np.arange(5, dtype="<u2")),
            "categories": ["x"],
        },
        "curves": [{"label": "one", "points": [{}] * 4, "choices": packed(chosen), "new": 1}],
        "outcome_cells": {"one": {"quality": packed(spent), "cost": packed(spent * 2)}},
        "added": "later",
    }
    light, body = split(document)
    assert (light["added"], light["cells"]["categories"], light["curves"][0]["new"]) == ("later", ["x"], 1)

    def read(place: dict[str, Any]) -> NDArray[Any]:
        assert place["at"] % ALIGN == 0
        kind, count = np.dtype(f"<{place['kind']}"), int(np.prod(place["shape"]))
        return np.frombuffer(body, kind, count, place["at"]).reshape(place["shape"])

    assert (read(light["cells"]["quality"]) == quality).all()
    assert (read(light["cells"]["cost"]) == cost).all()
    assert (read(light["cells"]["category"]) == np.arange(5)).all()
    assert (read(light["outcome_cells"]["one"]["cost"]) == spent * 2).all()
    assert (np.bitwise_xor.accumulate(read(light["curves"][0]["choices"]), axis=0) == chosen).all()
    assert document["cells"]["quality"] == packed(quality)


def test_rows_that_are_alike_differ_by_nothing() -> None:
    table = np.array([[1, 2], [1, 2], [1, 255]], dtype=np.uint8)
    assert differences(table).tolist() == [[1, 2], [0, 0], [0, 253]]
    assert differences(table[:0]).shape == (0, 2)
