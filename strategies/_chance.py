"""Draws that a replay repeats: a hash of a seed and the prompt's id stands for the die."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import accumulate


def uniform(seed: int, prompt_id: str) -> float:
    """A number from 0 up to 1, the same for the same seed and prompt."""
    digest = hashlib.blake2b(f"{seed}:{prompt_id}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2**53


def drawn(chances: Sequence[float], seed: int, prompt_id: str) -> int:
    """Which of these was drawn, each with its chance; one of chance 0 never is. They sum to 1."""
    point = uniform(seed, prompt_id)
    possible = [i for i, chance in enumerate(chances) if chance > 0]
    ends = accumulate(chances[i] for i in possible)
    return next((i for i, end in zip(possible, ends, strict=True) if point < end), possible[-1])
