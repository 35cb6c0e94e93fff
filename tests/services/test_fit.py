from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import toy
from tests.desk import settings
from tests.recordings import recorded
from workbench import outcomes
from workbench.errors import BadInput
from workbench.recorded import Recorded
from workbench.services.desk import fitted, learn
from workbench.services.fit import Fits, FittedStrategies, held, learnable, learns
from workbench.services.specs import registry
from workbench.strategy import Router
from workbench.types import Decision, Prompt


@dataclass
class Learner(Router):
    _means: Any = field(default=None, init=False)
    _note: str = field(default="", init=False)

    def fit(self, recorded: Recorded) -> None:
        self._means, self._note = recorded.quality.mean(axis=0), "learned"

    def decide(self, prompt: Prompt) -> Decision:
        return Decision(prompt.models[int(self._means.argmax())].id, self._note)

    def state(self) -> dict[str, Any]:
        return {} if self._means is None else {"means": self._means, "note": self._note}

    def restore(self, state: dict[str, Any]) -> None:
        self._means, self._note = state["means"], state["note"]


def taught(means: list[float]) -> Learner:
    made = Learner()
    made.restore({"means": np.array(means), "note": "learned"})
    return made


def test_what_was_learned_is_given_back(tmp_path: Path) -> None:
    fits, again = Fits(tmp_path / "fits"), Learner()
    path = fits.save("learner", taught([0.2, 0.7]), {"data": "toy"})
    fits.restore("learner", again)
    assert path == tmp_path / "fits" / "learner.npz"
    assert again._means.tolist() == [0.2, 0.7]
    assert again._note == "learned"


def test_a_fit_says_what_made_it_and_holds_nothing_that_is_run(tmp_path: Path) -> None:
    path = Fits(tmp_path).save("learner", taught([1.0]), {"data": "toy", "prompts": 3})
    with np.load(path, allow_pickle=False) as file:
        assert json.loads(str(file["meta"]))["about"] == {"data": "toy", "prompts": 3}
        assert file["means"].tolist() == [1.0]


def test_a_new_fit_takes_the_place_of_the_old_one_and_leaves_no_other_file(tmp_path: Path) -> None:
    fits, again = Fits(tmp_path), Learner()
    fits.save("learner", taught([1.0, 0.0]), {})
    fits.save("learner", taught([0.0, 1.0]), {})
    fits.restore("learner", again)
    assert again._means.tolist() == [0.0, 1.0]
    assert [file.name for file in tmp_path.iterdir()] == ["learner.npz"]


def test_what_was_never_fitted_is_left_as_it_is(tmp_path: Path) -> None:
    plain = Learner()
    Fits(tmp_path / "nowhere").restore("learner", plain)
    assert plain._means is None


@pytest.mark.parametrize("bytes_", [b"", b"no arrays", b"PK\x03\x04 broken"])
def test_a_fit_that_cannot_be_read_says_how_to_make_it_anew(tmp_path: Path, bytes_: bytes) -> None:
    (tmp_path / "learner.npz").write_bytes(bytes_)
    with pytest.raises(BadInput, match="run `workbench fit learner` anew"):
        Fits(tmp_path).restore("learner", Learner())


def test_a_pickle_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "learner.npz", means=np.array([{"a": 1}], dtype=object), meta=np.array('{"state": {}}'))
    with pytest.raises(BadInput, match="anew"):
        Fits(tmp_path).restore("learner", Learner())


def test_a_strategy_that_learns_nothing_has_nothing_to_keep(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="learns nothing from recorded outcomes"):
        Fits(tmp_path).save("round_robin", registry().build("round_robin"), {})


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(BadInput, match="cannot be written"):
        Fits(tmp_path / "file").save("learner", taught([1.0]), {})


def test_a_strategy_learns_when_it_says_how() -> None:
    assert learns(registry().build("knn"))
    assert not learns(registry().build("complexity"))


def test_what_a_user_fitted_is_known_when_the_strategy_is_built_again(tmp_path: Path) -> None:
    toy.make(tmp_path, n=40)
    home = settings(tmp_path)
    data = outcomes.load("toy", tmp_path)
    path = learn(home, "knn", {"k": 5}, data)
    built = fitted(home).build("knn", {"k": 5, "lambda": 0.0})
    assert path.is_file()
    assert isinstance(built, Router)
    assert built.decide(data.recorded().prompts[1]).model in toy.MODELS
    with np.load(path, allow_pickle=False) as file:
        about = json.loads(str(file["meta"]))["about"]
    train = int((data.recorded().splits == "train").sum())
    assert 0 < train < 40
    assert (about["data"], about["prompts"], about["params"]["k"]) == ("toy", train, 5)


def test_it_learns_from_the_prompts_marked_train_where_some_are() -> None:
    marked = recorded([[1.0, 0.0]] * 4, splits=np.array(["train", "test", "train", "test"], dtype=object))
    assert [p.id for p in learnable(marked).prompts] == ["q0000", "q0002"]
    unmarked = recorded([[1.0, 0.0]] * 3, splits=np.array(["test", "contaminated", "test"], dtype=object))
    assert [p.id for p in learnable(unmarked).prompts] == ["q0000", "q0002"]


def test_what_a_strategy_holds_changes_with_what_it_learned_and_with_nothing_else(tmp_path: Path) -> None:
    known, keys = FittedStrategies(Fits(tmp_path)), []
    assert held(known.build("knn")) == ""
    for quality in (0.0, 1.0):
        learner = known.build("knn")
        learner.fit(recorded([[quality, 0.5]] * 4))
        known.fits.save("knn", learner, {})
        keys.append(held(known.build("knn")))
        assert held(known.build("knn", {"lambda": 0.7})) == keys[-1]
    assert len({"", *keys}) == 3
    assert held(known.build("fallback", {"inner": "knn"})) not in ("", *keys)
