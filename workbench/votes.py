"""Data sets of recorded votes: one Parquet file NAME.votes.parquet, a row for each comparison of two models' answers.

The columns stand in COLUMNS. Written by `workbench import`, read by what learns from preferences.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import BadInput
from .preferences import Preferences
from .types import Model, Prompt, user

if TYPE_CHECKING:
    import polars as pl

COLUMNS = {
    "dataset": "String",
    "split": "String",  # such as train; null: not told
    "query_id": "String",
    "prompt": "String",  # null: not kept
    "model_a": "String",
    "model_b": "String",
    "response_a": "String",
    "response_b": "String",
    "winner": "String",  # one of WINNERS
    "judge": "String",  # human, or the model that judged
    "annotator": "String",  # who voted, as far as the source says
    "category": "String",
    "tstamp": "String",
}
WINNERS = ("model_a", "model_b", "tie", "both_bad")
HUMAN = "human"
"""The judge of a person's vote, which one without a judge is."""
NEEDED = ("query_id", "model_a", "model_b", "winner")
WON = {"model_a": 1.0, "model_b": 0.0, "tie": 0.5, "both_bad": 0.5}
"""What the first model is given of a vote."""
PROMPTS = 10_000
"""Most that are learned from: of more, every second, or third, and so on."""
SHOWN = 8
"""Names in an error."""
ENDING = ".votes.parquet"


@dataclass(frozen=True)
class Votes:
    """One set of votes, read."""

    name: str
    path: Path
    frame: pl.DataFrame
    """All of COLUMNS, one row for each vote."""

    @cached_property
    def key(self) -> str:
        """Hash of the votes: two sets of one key are the same votes in the same order."""
        return hashlib.blake2b(self.frame.write_ndjson().encode(), digest_size=16).hexdigest()

    def coverage(self) -> list[dict[str, Any]]:
        """One row for each model and category: votes, won, lost, ties, both bad, and win rate (ties and both bad half)."""
        import polars as pl

        sides = [
            self.frame.select(
                pl.col(f"model_{side}").alias("model"),
                "category",
                (pl.col("winner") == f"model_{side}").alias("won"),
                (pl.col("winner") == f"model_{other}").alias("lost"),
                (pl.col("winner") == "tie").alias("ties"),
                (pl.col("winner") == "both_bad").alias("both_bad"),
            )
            for side, other in (("a", "b"), ("b", "a"))
        ]
        sums = [pl.col(name).sum() for name in ("won", "lost", "ties", "both_bad")]
        return (
            pl.concat(sides)
            .group_by("model", "category")
            .agg(pl.len().alias("votes"), *sums)
            .with_columns(
                ((pl.col("votes") + pl.col("won") - pl.col("lost")) / (2 * pl.col("votes"))).alias("win rate")
            )
            .sort("model", "category")
            .to_dicts()
        )

    def renamed(self, ids: Mapping[str, str]) -> Votes:
        """These models under other names, such as those of the catalog. Raises BadInput for one that nobody voted on."""
        import polars as pl

        there = {*self.frame["model_a"], *self.frame["model_b"]}
        if missing := sorted(ids.keys() - there):
            raise BadInput(
                f"{self.name} holds no vote on {', '.join(missing)}: `workbench data {self.name}` lists its models"
            )
        sides = [pl.col(f"model_{side}").replace(list(ids), list(ids.values())) for side in "ab"]
        return replace(self, frame=self.frame.with_columns(sides))

    def preferences(self, models: Sequence[Model]) -> Preferences:
        """What people preferred of these models, by prompt; both bad counts as a tie.

        Where no vote kept its prompt, all count as votes on one prompt without text. Raises BadInput for votes that say nothing
        of two of these models.
        """
        import polars as pl

        frame = self._of_people([m.id for m in models]).with_columns(pl.col("prompt").fill_null(""))
        if (frame["prompt"] != "").any():
            frame = frame.filter(pl.col("prompt") != "")
        asked = frame.group_by("prompt").agg(pl.col("query_id").min()).sort("query_id", "prompt")
        if asked.height > PROMPTS:
            asked = asked.gather_every(-(-asked.height // PROMPTS))
            frame = frame.join(asked, on="prompt", how="semi")
        met = {*frame["model_a"], *frame["model_b"]}
        pool = tuple(m for m in models if m.id in met)
        ids = [m.id for m in pool]
        row = frame["prompt"].replace_strict(asked["prompt"], list(range(asked.height))).to_numpy()
        a, b = (frame[f"model_{side}"].replace_strict(ids, list(range(len(ids)))).to_numpy() for side in "ab")
        won = frame["winner"].replace_strict(list(WON), list(WON.values())).to_numpy()
        wins = np.zeros((asked.height, len(ids), len(ids)))
        np.add.at(wins, (row, a, b), won)
        np.add.at(wins, (row, b, a), 1 - won)
        prompts = [Prompt(id, (user(text),), pool) for text, id in asked.iter_rows()]
        return Preferences(tuple(prompts), pool, wins)

    def _of_people(self, models: Sequence[str]) -> pl.DataFrame:
        """People's votes on two of these models. Raises BadInput where none has a winner, saying what is there instead."""
        import polars as pl

        people = self.frame.filter(pl.col("judge").fill_null(HUMAN) == HUMAN)
        if people.is_empty():
            raise BadInput(
                f"{self.name} holds no vote of a person that may be learned from: what judges say is not taken"
            )
        known = people.filter(
            pl.col("model_a").is_in(models), pl.col("model_b").is_in(models), pl.col("model_a") != pl.col("model_b")
        )
        if known.is_empty():
            there = sorted({*people["model_a"], *people["model_b"]})
            more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
            raise BadInput(
                f"no vote of {self.name} compares two models known here; it is about {', '.join(there[:SHOWN])}{more}: give "
                "those to choose between an entry in models.toml with their prices, or name their entries with --rename VOTED=ID"
            )
        if not known["winner"].is_in(["model_a", "model_b"]).any():
            raise BadInput(
                f"all {known.height:,} votes of {self.name} on models known here are ties, which say nothing of who is better: "
                "collect votes that choose a side"
            )
        return known

    def described(self) -> dict[str, Any]:
        """The set in one line. `annotators` counts the named ones."""
        frame = self.frame
        models = {*frame["model_a"].unique(), *frame["model_b"].unique()}
        return {
            "votes": frame.height,
            "models": len(models),
            "categories": frame["category"].drop_nulls().n_unique(),
            "queries": frame["query_id"].n_unique(),
            "judges": frame["judge"].drop_nulls().n_unique(),
            "annotators": frame["annotator"].drop_nulls().n_unique(),
            "ties": int((frame["winner"] == "tie").sum()),
            "both_bad": int((frame["winner"] == "both_bad").sum()),
        }


def names(home: Path) -> dict[str, Path]:
    """The user's sets of votes."""
    return {file.name.removesuffix(ENDING): file for file in sorted((home / "data").glob(f"*{ENDING}"))}


def load(name: str, home: Path) -> Votes:
    """A set by name, or by its file's path. Raises BadInput."""
    path = Path(name)
    if path.suffix == ".parquet":
        return read(path)
    known = names(home)
    if name not in known:
        there = ", ".join(known) or "none yet"
        raise BadInput(f"no votes named {name!r}; there are {there}: `workbench import` makes them")
    return read(known[name])


def read(path: Path) -> Votes:
    """A file in the long form of votes; columns that it lacks are null. Raises BadInput, which names what is wrong."""
    import polars as pl

    try:
        frame = pl.read_parquet(path)
        if missing := [c for c in NEEDED if c not in frame.columns]:
            raise BadInput(f"{path} holds no votes: it lacks the columns {', '.join(missing)}")
        frame = frame.select(
            (pl.col(c) if c in frame.columns else pl.lit(None)).cast(d).alias(c) for c, d in dtypes().items()
        )
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadInput(f"the votes {path} cannot be read: {error}") from None
    if frame.is_empty():
        raise BadInput(f"{path} holds no votes")
    if not frame["winner"].is_in(WINNERS).all():
        raise BadInput(
            f"{path}: every winner must be one of {', '.join(WINNERS)}: bring it in with `workbench import votes`"
        )
    return Votes(path.name.removesuffix(".parquet").removesuffix(".votes"), path, frame)


def dtypes() -> dict[str, Any]:
    """Types of the columns."""
    import polars as pl

    return {name: getattr(pl, kind)() for name, kind in COLUMNS.items()}
