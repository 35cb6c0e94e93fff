"""ONNX files as bytes: the tensors of one that is there, and a new graph of operators, for onnxruntime to run.

Just what is needed of the format (onnx.proto3 of github.com/onnx/onnx, in the protobuf wire form), so that no other library is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

TYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    2: np.dtype("u1"),
    3: np.dtype("i1"),
    7: np.dtype("<i8"),
    9: np.dtype("?"),
}
"""Element types by their number in the format; others are not read."""
NUMBERS = {dtype: number for number, dtype in TYPES.items()}
IR = 8
"""Version of the format."""
DOMAINS = {"": 17, "ai.onnx.ml": 3, "com.microsoft": 1}
"""Where operators come from, and in which version: the standard, its part on machine learning, onnxruntime's own."""
PLACES = {"TreeEnsembleRegressor": "ai.onnx.ml"} | dict.fromkeys(
    ("DynamicQuantizeMatMul", "MatMulIntegerToFloat", "MultiHeadAttention", "Gelu"), "com.microsoft"
)
"""Domains of the operators that are not standard."""


def tensors(model: bytes) -> dict[str, NDArray[Any]]:
    """The constant tensors of a model by name, in the file's order. Raises ValueError for what is no ONNX model."""
    try:
        graph = next(value for number, value in _fields(memoryview(model)) if number == 7)
        return dict(_tensor(value) for number, value in _fields(graph) if number == 5)
    except (StopIteration, IndexError, TypeError, KeyError) as error:
        raise ValueError(f"this is no ONNX model that can be read: {error!r}") from None


def _tensor(message: memoryview) -> tuple[str, NDArray[Any]]:
    name, kind = "", 0
    shape: list[int] = []
    raw: bytes | memoryview = b""
    for number, value in _fields(message):
        if number == 1:
            shape += [value] if isinstance(value, int) else list(_varints(value))
        elif number == 2:
            kind = value
        elif number == 8:
            name = bytes(value).decode()
        elif number == 9:
            raw = value
    return name, np.frombuffer(raw, TYPES[kind]).reshape(shape)


def _fields(message: memoryview) -> Iterator[tuple[int, Any]]:
    """Field numbers with their values: a number, or the bytes of anything else."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        if key & 7 == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        size, at = {5: (4, at), 1: (8, at)}.get(key & 7) or _varint(message, at)
        yield key >> 3, message[at : at + size]
        at += size


def _varints(message: memoryview) -> Iterator[int]:
    at = 0
    while at < len(message):
        value, at = _varint(message, at)
        yield value


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while message[at] & 128:
        value |= (message[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return value | message[at] << shift, at + 1


class Graph:
    """Operators and constants, written down in the order they are added: each names what it gives."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._named: set[str] = set()
        self._count = 0

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A tensor under this name; one that is there already is not written again."""
        if name not in self._named:
            self._named.add(name)
            dims = b"".join(_field(1, size) for size in value.shape)
            raw = np.ascontiguousarray(value).tobytes()
            self._parts.append(_field(5, dims + _field(2, NUMBERS[value.dtype]) + _field(8, name) + _field(9, raw)))
        return name

    def add(self, op: str, *inputs: str, **attributes: Any) -> str:
        """An operator with one result. An input "" is left out."""
        return self.split(op, 1, *inputs, **attributes)[0]

    def split(self, op: str, results: int, *inputs: str, **attributes: Any) -> list[str]:
        """An operator with several results."""
        self._count += 1
        given = [f"{op} {self._count}.{i}" for i in range(results)]
        body = b"".join([*(_field(1, name) for name in inputs), *(_field(2, name) for name in given)])
        body += _field(4, op) + b"".join(_field(5, _attribute(*pair)) for pair in attributes.items())
        self._parts.append(_field(1, body + _field(7, PLACES.get(op, ""))))
        return given

    def model(
        self, inputs: Mapping[str, tuple[Any, Sequence[int | str]]], output: str, shape: Sequence[int | str]
    ) -> bytes:
        """The file: inputs by name with their element type and shape (a size, or a name for any), one output of floats."""
        ends = [_field(11, _value(name, dtype, dims)) for name, (dtype, dims) in inputs.items()]
        graph = b"".join([*self._parts, _field(2, "graph"), *ends, _field(12, _value(output, np.float32, shape))])
        domains = b"".join(_field(8, _field(1, name) + _field(2, version)) for name, version in DOMAINS.items())
        return _field(1, IR) + domains + _field(7, graph)


def _attribute(name: str, value: float | int | str | Sequence[int] | Sequence[str] | NDArray[np.float32]) -> bytes:
    if isinstance(value, np.ndarray):
        return _field(1, name) + _field(7, value.astype("<f4").tobytes()) + _field(20, 6)
    if isinstance(value, float):
        return _field(1, name) + b"\x15" + struct.pack("<f", value) + _field(20, 1)
    if isinstance(value, int):
        return _field(1, name) + _field(3, value) + _field(20, 2)
    if isinstance(value, str):
        return _field(1, name) + _field(4, value) + _field(20, 3)
    several: list[int | str] = list(value)
    number, kind = (9, 8) if several and isinstance(several[0], str) else (8, 7)
    written = {one: _field(number, one) for one in set(several)}  # a forest repeats few values by the hundred thousand
    return _field(1, name) + b"".join(written[one] for one in several) + _field(20, kind)


def _value(name: str, dtype: Any, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(_field(1, _field(1 if isinstance(size, int) else 2, size)) for size in shape)
    tensor = _field(1, NUMBERS[np.dtype(dtype)]) + _field(2, dims)
    return _field(1, name) + _field(2, _field(1, tensor))


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _written(number << 3) + _written(value % 2**64)
    body = value.encode() if isinstance(value, str) else value
    return _written(number << 3 | 2) + _written(len(body)) + body


def _written(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
