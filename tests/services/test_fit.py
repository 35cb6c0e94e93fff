from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests import toy
from tests.desk import settings
from tests.recordings import recorded
from tests.test_embed import Letters
from workbench import embed, outcomes, votes
from workbench.errors import BadInput, BadParameter
from workbench.minilm import MiniLM
from workbench.recorded import Recorded
from workbench.services.desk import fitted, learn, learn_votes, load_catalog
from workbench.services.fit import FIRST, Fits, FittedStrategies, held, learnable, learns
from workbench.services.specs import build, params_of, registry
from workbench.strategy import Router
from workbench.types import Decision, Prompt, user


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
    np.savez(
        tmp_path / "learner.npz",
        means=np.array([{"a": 1}], dtype=object),
        meta=np.array('{"state": {}, "embedder": null}'),
    )
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


def votes_of(tmp_path: Path) -> votes.Votes:
    """Six of eight people prefer `other` to `quick`, on prompts of their own."""
    rows = [
        {
            "query_id": f"q{i}",
            "prompt": f"prove {i}",
            "model_a": "quick",
            "model_b": "other",
            "split": "test" if i > 7 else "train",
        }
        | {"winner": "model_a" if i % 4 == 0 or i > 7 else "model_b"}
        for i in range(40)
    ]
    pl.DataFrame(rows).write_parquet(tmp_path / "mine.votes.parquet")
    return votes.read(tmp_path / "mine.votes.parquet")


@pytest.mark.parametrize("name", ["rating", "factor"])
def test_votes_marked_train_teach_a_strategy_and_the_fit_says_so(tmp_path: Path, name: str) -> None:
    home = settings(tmp_path)
    path = learn_votes(home, name, {"lambda": 0.0}, votes_of(tmp_path))
    about = fitted(home).fits.about(name)
    assert path == tmp_path / "fits" / f"{name}.npz"
    assert (about["votes"], about["prompts"], about["models"]) == ("mine", 8, ["quick", "other"])
    router = fitted(home).build(name, {"lambda": 0.0})
    assert isinstance(router, Router)
    assert held(router)
    pool = tuple(entry.model for entry in load_catalog(home).entries if entry.model.id in ("quick", "other"))
    assert router.decide(Prompt("p", (user("prove 3"),), pool)).model == "other"


def test_a_strategy_that_cannot_learn_from_votes_names_those_that_can(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="knn does not learn from votes; these do: factor, rating"):
        learn_votes(settings(tmp_path), "knn", {}, votes_of(tmp_path))


def test_of_what_was_never_fitted_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert Fits(tmp_path).about("knn") == {}
    (tmp_path / "knn.npz").write_bytes(b"broken")
    with pytest.raises(BadInput, match="run `workbench fit knn` anew"):
        Fits(tmp_path).about("knn")


def fitted_with_minilm(tmp_path: Path, name: str) -> FittedStrategies:
    """Fits of a strategy, made while MiniLM is the embedder."""
    known = FittedStrategies(Fits(tmp_path))
    learner = known.build(name)
    with embed.watched() as embedders:
        learner.fit(recorded(QUALITY, logprob=-np.random.default_rng(1).random((40, 2))))
    known.fits.save(name, learner, {}, embedders)
    return known


QUALITY = np.random.default_rng(0).integers(0, 2, (40, 2)).astype(float)
EMBEDDING = ("knn", "cluster", "regression", "rating", "factor", "bandit", "cascade", "cascade_routing")


@pytest.fixture
def embedder() -> Iterator[None]:
    before = embed.shared()
    yield
    embed.use(before)


@pytest.mark.parametrize("name", EMBEDDING)
def test_a_fit_of_another_embedder_is_refused_and_the_mend_is_named(tmp_path: Path, name: str, embedder: None) -> None:
    embed.use(Letters(MiniLM.name))
    known = fitted_with_minilm(tmp_path, name)
    assert known.build(name).learned_at
    embed.use(Letters("another"))
    with pytest.raises(
        BadInput, match=f"{name} was fitted with {MiniLM.name}, .* uses .*: run .* again, or unset WORKB"
    ):
        known.build(name)
    with pytest.raises(BadInput, match="or unset"):
        known.fits.refresh(registry().build(name))


def test_what_embeds_nothing_is_of_no_embedder(tmp_path: Path, embedder: None) -> None:
    embed.use(Letters(MiniLM.name))
    known = fitted_with_minilm(tmp_path, "judge_weighted")
    embed.use(Letters("another"))
    assert known.build("judge_weighted").learned_at


def test_a_fit_that_does_not_say_its_embedder_is_of_the_first_one(tmp_path: Path, embedder: None) -> None:
    fits = Fits(tmp_path)
    meta = json.dumps({"state": {"note": "learned"}, "about": {}})
    np.savez(fits.path("learner"), means=np.array([1.0]), meta=np.array(meta))
    embed.use(Letters(FIRST))
    fits.restore("learner", Learner())
    embed.use(Letters(MiniLM.name))
    with pytest.raises(BadInput, match=r"run `workbench fit learner` again$"):
        fits.restore("learner", Learner())


def test_a_fit_is_made_with_the_embedder_that_the_user_chose(tmp_path: Path, embedder: None) -> None:
    toy.make(tmp_path, n=40)
    home = replace(settings(tmp_path), embedder="no-such-model")
    with pytest.raises(BadInput, match="sentence-transformers"):
        learn(home, "knn", {}, outcomes.load("toy", tmp_path))


CAN_BE: dict[str, dict[str, Any]] = {
    "cluster": {"clusters": 2},
    "factor": {"rank": 2},
    "regression": {"trees": 10},
    "cascade_routing": {"calls": 2},
    "judge_weighted": {"shrink": 5.0, "fewest": 10, "step": 0.5, "sharpness": 1.0},
    "bandit": {"discount": 0.9},
}


def test_these_parameters_take_part_when_it_is_fitted_and_say_so() -> None:
    known = registry()
    told = {name: {p.name for p in known.params(name) if p.learned} for name in known.names()}
    assert {name: names for name, names in told.items() if names} == {name: set(of) for name, of in CAN_BE.items()}
    assert all(p.help.endswith("when it is fitted.") == p.learned for name in known.names() for p in known.params(name))


@pytest.mark.parametrize("name", ["cluster", "factor", "judge_weighted", "bandit"])
def test_what_takes_part_in_fitting_is_the_fits_wherever_it_is_used(tmp_path: Path, name: str) -> None:
    toy.make(tmp_path, n=120)
    home, data = settings(tmp_path), outcomes.load("toy", tmp_path)
    learn(home, name, CAN_BE[name], data)
    known = fitted(home)
    held_by = build(known, name, pool=tuple(data.recorded().models))[0].params
    assert {key: held_by[key] for key in CAN_BE[name]} == CAN_BE[name]
    assert {p.name: p.default for p in known.params(name) if p.learned} == CAN_BE[name]
    learn(home, name, {}, data)
    with pytest.raises(BadParameter, match=f"run `workbench fit {name} --param .*, or leave it at"):
        known.build(name, CAN_BE[name])
    with pytest.raises(BadParameter, match="takes part when it is fitted"):
        known.build("fallback", {"inner": {"strategy": name, "params": CAN_BE[name]}})


def test_a_running_strategy_refuses_a_fit_made_with_other_parameters_and_names_the_mend(tmp_path: Path) -> None:
    known = FittedStrategies(Fits(tmp_path))
    running = known.build("cluster", {"clusters": 5})
    other = registry().build("cluster", {"clusters": 2})
    other.fit(recorded(QUALITY))
    known.fits.save("cluster", other, {"params": params_of(other)})
    with pytest.raises(
        BadParameter,
        match=r"learns with clusters=2 and is asked with clusters=5, .* `workbench fit cluster --param clusters=5 --data NAME`",
    ):
        known.fits.refresh(running)


def test_what_learns_from_its_first_vote_begins_with_its_defaults(tmp_path: Path) -> None:
    known = FittedStrategies(Fits(tmp_path))
    assert known.build("bandit", {"lambda": 0.5})
    with pytest.raises(BadParameter, match=r"learns with discount=0\.9995 and is asked with discount=0\.9,"):
        known.build("bandit", {"discount": 0.9})
