from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from workbench.errors import BadInput
from workbench.outcomes import COLUMNS, load, message, names, read, write


def row(query: str = "q1", model: str = "a", **values: Any) -> dict[str, Any]:
    return {
        "query_id": query,
        "prompt": f"prompt of {query}",
        "model": model,
        "quality": 1.0,
        "cost_usd": 1e-4,
    } | values


def rows() -> list[dict[str, Any]]:
    return [
        row("q2", "a", quality=0.0, error="timeout: too slow", cost_usd=0.0),
        row("q1", "b", quality=0.5, cost_usd=2e-4, confidence=-0.3, latency_ms=120.0, category="maths", split="train"),
        row("q1", "a", category="maths", split="train"),
        row("q2", "b", quality=None, prompt_tokens=40, completion_tokens=10),
    ]


def test_equal_rows_make_equal_bytes_whatever_their_order(tmp_path: Path) -> None:
    write(rows(), tmp_path / "one.parquet", {"suite": "x"})
    write(rows()[::-1], tmp_path / "two.parquet", {"suite": "x"})
    assert read(tmp_path / "one.parquet").key == read(tmp_path / "two.parquet").key


def test_reads_back_every_column(tmp_path: Path) -> None:
    write(rows(), tmp_path / "d.parquet")
    frame = read(tmp_path / "d.parquet").frame
    assert frame.columns == list(COLUMNS)
    assert frame["query_id"].to_list() == ["q1", "q1", "q2", "q2"]


def test_lays_outcomes_out_by_prompt_and_model(tmp_path: Path) -> None:
    write(rows(), tmp_path / "d.parquet")
    found = read(tmp_path / "d.parquet").recorded()
    assert found.ids == ("a", "b")  # by mean cost
    np.testing.assert_array_equal(found.quality, [[1, 0.5], [0, np.nan]])
    np.testing.assert_array_equal(found.cost, [[1e-4, 2e-4], [0, 1e-4]])
    assert found.errors.tolist() == [["", ""], ["timeout: too slow", ""]]
    assert found.latency[0, 1] == 0.12
    assert np.isnan(found.latency[0, 0])
    assert found.categories.tolist() == ["maths", ""]
    assert found.splits.tolist() == ["train", ""]
    assert found.tokens[1, 1].tolist() == [40, 10]
    assert found.prompts[0].tags == {"category": "maths"}


def test_a_recorded_models_price_is_what_its_tokens_cost(tmp_path: Path) -> None:
    write([row(prompt_tokens=900, completion_tokens=100, cost_usd=0.002, cost_basis="nominal")], tmp_path / "d.parquet")
    model = read(tmp_path / "d.parquet").recorded().models[0]
    assert model.price_in == model.price_out == pytest.approx(2.0)
    assert model.nominal


def test_messages_before_the_prompt_are_part_of_it(tmp_path: Path) -> None:
    context = '[{"role": "system", "content": "Be brief."}]'
    write([row(context=context)], tmp_path / "d.parquet")
    prompt = read(tmp_path / "d.parquet").recorded().prompts[0]
    assert [(m.role, m.text) for m in prompt.messages] == [("system", "Be brief."), ("user", "prompt of q1")]


def test_coverage_counts_outcomes_per_model_and_category(tmp_path: Path) -> None:
    write(rows(), tmp_path / "d.parquet")
    found = {(c["model"], c["category"]): c for c in read(tmp_path / "d.parquet").coverage()}
    assert found["a", None]["failed"] == 1
    assert found["b", None]["scored"] == 0
    assert found["b", "maths"]["outcomes"] == 1


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row(quality=1.5), "quality must be 0 to 1"),
        (row(cost_usd=-1.0), "cost_usd 0 or more"),
        (row(cost_usd=float("nan")), "cost_usd 0 or more"),
        (row(quality=float("nan")), "quality must be 0 to 1"),
        (row(prompt=None), "1 rows have no prompt"),
        (row("q1", "a"), "two outcomes for the query q1"),
        (row(quality="good"), "do not fit the long form"),
    ],
)
def test_refuses_what_would_spoil_every_figure(tmp_path: Path, bad: dict[str, Any], said: str) -> None:
    good = row("q1", "a") if "two" in said else row("q9", "z")
    with pytest.raises(BadInput, match=said):
        write([good, bad], tmp_path / "d.parquet")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_data_set_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(b"no parquet")
    with pytest.raises(BadInput, match=r"x\.parquet cannot be read"):
        read(tmp_path / "x.parquet")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "y.parquet")
    with pytest.raises(BadInput, match="lacks the columns query_id, prompt, model"):
        read(tmp_path / "y.parquet")
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path / "none.parquet")


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    write([row()], tmp_path / "data" / "mine.parquet")
    assert "mine" in names(tmp_path)
    assert load("mine", tmp_path).name == "mine"
    with pytest.raises(BadInput, match=r"no data set named 'yours'; there are .*mine"):
        load("yours", tmp_path)


def test_a_message_of_parts_keeps_its_words() -> None:
    said = {
        "role": "user",
        "content": [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "u"}}],
    }
    assert message(said).text == "look"
    with pytest.raises(BadInput, match="no chat message"):
        message({"role": "user"})


@pytest.mark.parametrize("context", ["hello", "5", "[5]", '{"a": 1}', '[{"content": "x"}]', "[" * 100_000])
def test_a_context_that_is_no_list_of_messages_is_told_with_its_query(tmp_path: Path, context: str) -> None:
    write([row(context=context)], tmp_path / "x.parquet")
    with pytest.raises(BadInput, match=f"the query {row()['query_id']} cannot be asked"):
        read(tmp_path / "x.parquet").recorded()
