"""What a guarded strategy is asked never lies in clear in any file of the user's home."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.desk import open_desk, setup
from tests.pool import MODELS
from workbench.services.ask import Question, prepare
from workbench.services.comparison import Comparison
from workbench.services.desk import Desk
from workbench.services.keep import without_secrets
from workbench.store.runs import prompt_row
from workbench.strategy import Strategy
from workbench.types import Prompt, user

ROOT = Path(__file__).parent.parent.parent
SECRETS = ("4111 1111 1111 1111", "4111111111111111", "ann.schmidt@example.com", "sk-proj-a8Kd93mQzLxT2vB7nR4wYc6H")
ASKED = f"Pay with {SECRETS[0]}, write to {SECRETS[2]}, my api key is {SECRETS[3]}. Is that clear?"
SAFE = ("safety", {"inner": {"strategy": "fixed", "params": {"model": "maker"}}})
STRICT = ("safety", {"policy": "strict", "inner": {"strategy": "fixed", "params": {"model": "maker"}}})
OPEN = ("fixed", {"model": "maker"})


def leaks(folder: Path) -> list[str]:
    """Files that hold a secret. What is asked for is in plain bytes: small databases and journals are not compressed."""
    return [
        f"{path.name}: {secret}"
        for path in folder.rglob("*")
        if path.is_file()
        for secret in SECRETS
        if secret.encode() in path.read_bytes()
    ]


async def ask(desk: Desk, strategy: tuple[str, dict[str, Any]], text: str = ASKED) -> str:
    pool = [e.model for e in desk.pool.entries() if e.model.id == "maker"]
    asking = prepare(
        desk.strategies, Question(text, pool, *strategy, system=f"Bills go to {SECRETS[2]}."), desk.store.new_id()
    )
    await asking.answer(desk.pool, lambda event: None)
    await desk.store.append(asking.rows(datetime.now(UTC)))
    return asking.run.error


async def compare(desk: Desk, *columns: tuple[str, dict[str, Any]]) -> Comparison:
    wanted = setup(desk, "maker", system=f"Bills go to {SECRETS[2]}.")
    made = await desk.compare.start(wanted, list(columns), ASKED)
    await made.wait()
    return made


def test_a_scan_finds_what_an_unguarded_strategy_keeps(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            await ask(desk, OPEN)

    asyncio.run(main())
    assert {leak.partition(": ")[2] for leak in leaks(tmp_path)} >= {SECRETS[0], SECRETS[2], SECRETS[3]}


@pytest.mark.parametrize(
    "strategy", [SAFE, STRICT, ("safety", {"inner": {"strategy": "fallback", "params": {"inner": "cheapest"}}})]
)
def test_no_file_holds_what_a_guarded_run_was_asked(
    tmp_path: Path, strategy: tuple[str, dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> str:
        async with open_desk(tmp_path) as desk, open_desk(tmp_path) as beside:  # the second one writes a journal
            error = await ask(desk, strategy)
            await ask(beside, strategy)
            found = await desk.store.read("select text, messages from prompts")
            assert "[CARD_1]" in found[0]["text"]
            decided = await desk.store.read("select features, label from decisions")
            assert all("safety action" in row["features"] for row in decided)
            return error

    with caplog.at_level(logging.DEBUG):
        error = asyncio.run(main())
    assert ("refuses this prompt" in error) == (strategy is STRICT)
    assert leaks(tmp_path) == []
    assert not any(secret in caplog.text for secret in SECRETS)


@pytest.mark.parametrize("columns", [(SAFE, STRICT), (SAFE, OPEN), (OPEN, STRICT)])
def test_no_file_holds_what_a_comparison_with_one_guarded_column_was_asked(
    tmp_path: Path, columns: tuple[tuple[str, dict[str, Any]], ...]
) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await compare(desk, *columns)
            desk.compare.follow(made, f"And what of {SECRETS[1]}?")
            await made.wait()
            assert made.notices == []
            rows = await desk.store.read("select text from prompts order by created_at")
            assert [row["text"] for row in rows][-1] == "And what of [CARD_1]?"

    asyncio.run(main())
    assert leaks(tmp_path) == []


def test_what_was_kept_reads_back_as_a_conversation(tmp_path: Path) -> None:
    async def main() -> None:
        async with open_desk(tmp_path) as desk:
            made = await compare(desk, SAFE, OPEN)
            comparison_id = made.id
        async with open_desk(tmp_path) as desk:
            found = await desk.compare.find(comparison_id)
            assert found.turns[0].text.startswith("Pay with [CARD_1], write to [EMAIL_1]")
            assert all(cell.run.answer is not None for cell in found.turns[0].cells.values())

    asyncio.run(main())


def test_whoever_writes_runs_or_prompts_keeps_only_what_may_be_kept() -> None:
    """Nothing outside the store makes such rows without `without_secrets`."""
    writers = [
        path
        for path in sorted((ROOT / "workbench").glob("**/*.py"))
        if "store" not in path.parts and re.search(r"\b(run|prompt|battle)_rows?\(", path.read_text(encoding="utf-8"))
    ]
    assert len(writers) >= 3
    assert [path.name for path in writers if "import without_secrets" not in path.read_text(encoding="utf-8")] == []


def test_identities_stay_and_what_nobody_guards_stays(tmp_path: Path) -> None:
    class Shouting(Strategy):
        async def run(self, prompt: Any, session: Any) -> Any: ...

        def scrub(self, prompt: Prompt) -> Any:
            return lambda text: "SCRUBBED"

    class Open(Strategy):
        async def run(self, prompt: Any, session: Any) -> Any: ...

    asked = Prompt("p", (user("hello"),), MODELS)
    rows = [prompt_row(asked, "ask", datetime.now(UTC))]
    assert without_secrets(rows, [Open()], asked) == rows
    (table, row), (_, before) = without_secrets(rows, [Open(), Shouting()], asked)[0], rows[0]
    assert (table, row["key"], row["source"]) == ("prompts", before["key"], before["source"])
    assert row["text"] == "SCRUBBED"
    assert row["messages"] == [{"role": "SCRUBBED", "content": "SCRUBBED"}]


@pytest.mark.parametrize(("columns", "kept"), [((OPEN, OPEN), "ann.schmidt"), ((SAFE, OPEN), "[EMAIL_1]")])
def test_no_key_is_kept_of_a_comment_and_nothing_else_that_a_column_guards(
    tmp_path: Path, columns: tuple[tuple[str, dict[str, Any]], ...], kept: str
) -> None:
    async def vote() -> list[dict[str, Any]]:
        async with open_desk(tmp_path) as desk:
            wanted = setup(desk, "maker", "quick")
            other = ("fixed", {"model": "quick"})
            made = await desk.compare.start(wanted, [columns[0], other], "Who is it?")
            await made.wait()
            await desk.compare.vote(
                made, made.turns[0].vote.token, "A", (), f"my password: {SECRETS[3]}, I am {SECRETS[2]}"
            )
            return await desk.store.read("select comment from votes")

    (row,) = asyncio.run(vote())
    assert SECRETS[3] not in row["comment"]
    assert "my password: [KEY_1], I am" in row["comment"]
    assert kept in row["comment"]
    assert not [leak for leak in leaks(tmp_path) if SECRETS[3] in leak]
