from __future__ import annotations

from typing import Any

import numpy as np
import onnxruntime
import pytest

from workbench.onnx import Graph, tensors


def run(model: bytes, **given: Any) -> Any:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, given)[0]


def test_a_graph_that_was_written_runs() -> None:
    graph = Graph()
    weights = graph.constant("weights", np.array([[1.0, 2.0], [3.0, 4.0]], np.float32))
    shifted = graph.add("Add", graph.add("MatMul", "x", weights), graph.constant("one", np.array(1, np.float32)))
    model = graph.model({"x": (np.float32, ("n", 2))}, shifted, ("n", 2))
    assert run(model, x=np.array([[1, 0], [0, 1], [1, 1]], np.float32)).tolist() == [[2, 3], [4, 5], [5, 7]]


def test_operators_may_have_several_results_and_attributes_of_each_kind() -> None:
    graph = Graph()
    _, high = graph.split("Split", 2, "x", axis=-1)
    leaky = graph.add("LeakyRelu", high, alpha=0.5)
    model = graph.model({"x": (np.float32, (1, 4))}, graph.add("ReduceSum", leaky), (1, 1))
    assert run(model, x=np.array([[9, 9, -4, 3]], np.float32)).tolist() == [[1]]
    graph = Graph()
    model = graph.model({"x": (np.float32, (1, 4))}, graph.add("ReduceMean", "x", axes=[0, 1], keepdims=0), ())
    assert run(model, x=np.array([[1, 2, 3, 6]], np.float32)) == 3


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.int8, np.int64])
def test_constants_are_read_back(dtype: type[Any]) -> None:
    graph = Graph()
    made = {"a": np.arange(6, dtype=dtype).reshape(2, 3), "of 300": np.ones(300, dtype), "none": np.array(7, dtype)}
    for name, value in made.items():
        graph.constant(name, value)
        graph.constant(name, value)
    found = tensors(graph.model({}, "a", (2, 3)))
    assert list(found) == list(made)
    assert all((found[name] == made[name]).all() and found[name].dtype == dtype for name in made)


@pytest.mark.parametrize("model", [b"", b"this is no model", b"\x3a\xff", b"\x08\x08"])
def test_what_is_no_model_says_so(model: bytes) -> None:
    with pytest.raises(ValueError, match="no ONNX model"):
        tensors(model)
