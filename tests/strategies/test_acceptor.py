from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from strategies._acceptor import Acceptor, Expected, Voice
from workbench.types import Prompt, user

N = 120


def prompts(n: int = N) -> list[Prompt]:
    shown = "Answer with one word."
    return [
        Prompt(f"q{i}", (user(f"{shown}\nWhat is thing {i}?" if i % 2 else f"Add {i} and {i + 1}."),), ())
        for i in range(n)
    ]


def made(hedge: bool = False, logprob: bool = True) -> tuple[Any, Any, Any]:
    """Answers of two models; the first is right exactly where it is sure, or where it does not hedge."""
    rng = np.random.default_rng(0)
    right = rng.random(N) < 0.5
    quality = np.stack([right, rng.random(N) < 0.9], axis=1).astype(float)
    sure = np.where(right, -0.05, -1.0) + rng.normal(0, 0.02, N) if logprob else np.full(N, np.nan)
    texts = np.where(right | (not hedge), "forty-two", "I'm sorry, I cannot say; maybe I think it is unclear")
    return np.stack([texts, texts], axis=1).astype(object), np.stack([sure, sure], axis=1), quality


def learned(**kind: bool) -> tuple[Acceptor, Expected, Any]:
    texts, logprob, quality = made(**kind)
    return *Acceptor.learned(prompts(), texts, logprob, quality, [0]), quality


@pytest.mark.parametrize("kind", [{}, {"hedge": True, "logprob": False}])
def test_it_learns_from_confidence_and_from_what_was_said(kind: dict[str, bool]) -> None:
    _, held, quality = learned(**kind)
    right = held.after[0][:, 0]
    assert right[quality[:, 0] == 1].min() > right[quality[:, 0] == 0].max()
    assert held.before[:, 0].std() < right.std()


def test_what_is_expected_is_calibrated_on_left_out_prompts() -> None:
    _, held, quality = learned()
    assert held.after[0].mean(axis=0) == pytest.approx(quality.mean(axis=0), abs=0.01)
    assert ((held.after[0] > 0) & (held.after[0] < 1)).all()


def test_one_answer_is_judged_as_among_many() -> None:
    acceptor, _, _ = learned()
    texts, logprob, _ = made()
    many = acceptor.expect(prompts(), texts, logprob, [0]).after[0]
    one = acceptor.expect(prompts()[7:8], texts[7:8], logprob[7:8], [0]).after[0]
    assert one[0] == pytest.approx(many[7], abs=1e-9)


def test_an_answer_without_log_probability_is_between_the_sure_and_the_unsure() -> None:
    acceptor, _, _ = learned()
    asked, texts = prompts()[:1], np.array([["forty-two", ""]], dtype=object)
    sure, none, unsure = (
        acceptor.expect(asked, texts, np.array([[x, np.nan]]), [0]).after[0][0, 0] for x in (-0.05, np.nan, -1.0)
    )
    assert sure > none > unsure


def test_state_is_plain_and_comes_back_whole() -> None:
    acceptor, _, _ = learned()
    texts, logprob, _ = made()
    state = acceptor.state()
    assert all(isinstance(value, (np.ndarray, list)) for value in state.values())
    again = Acceptor.restored(state).expect(prompts(), texts, logprob, [0])
    assert again.after[0] == pytest.approx(acceptor.expect(prompts(), texts, logprob, [0]).after[0])


def test_ranks_are_shares_of_the_training_answers() -> None:
    voice = Voice.learned(["a"] * 4, np.array([-4.0, -3.0, -2.0, -1.0]))
    _, rank = voice.read(["a"] * 3, np.array([-9.0, -2.5, 0.0]), np.zeros((3, 0)))
    assert rank.tolist() == [-0.5, 0.0, 0.5]
