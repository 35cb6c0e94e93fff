"""Data sets of recorded votes: one Parquet file NAME.votes.parquet, a row for each comparison of two models' answers.

The columns stand in COLUMNS. Written by `workbench import`, read by what learns from preferences.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import BadInput

if TYPE_CHECKING:
    import polars as pl

COLUMNS = {
    "dataset": "String",
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
NEEDED = ("query_id", "model_a", "model_b", "winner")
ENDING = ".votes.parquet"


@dataclass(frozen=True)
class Votes:
    """One set of votes, read."""

    name: str
    path: Path
    frame: pl.DataFrame
    """All of COLUMNS, one row for each vote."""

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
