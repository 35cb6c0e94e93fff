from __future__ import annotations

import asyncio

import pytest

from workbench.patience import Patience, connect_s, overdue, waiting


def test_the_tighter_limit_counts_and_none_waits_for_ever() -> None:
    outer, inner = Patience(None, 5.0, 60.0), Patience(2.0, 9.0, None)
    assert outer.within(inner) == inner.within(outer) == Patience(2.0, 5.0, 60.0)
    assert Patience().silence_s is None
    assert Patience(first_s=3.0).silence_s == Patience(first_s=7.0, total_s=3.0).silence_s == 3.0


def test_a_first_token_in_time_lifts_the_first_limit_and_leaves_the_whole_one() -> None:
    async def main(total: float | None) -> str:
        try:
            async with waiting(Patience(first_s=0.02, total_s=total)) as wait:
                wait.begun()
                await asyncio.sleep(0.04)
        except TimeoutError:
            return "overdue"
        return "done"

    assert asyncio.run(main(None)) == "done"
    assert asyncio.run(main(0.03)) == "overdue"


@pytest.mark.parametrize(("patience", "expected"), [(Patience(total_s=0.01), True), (Patience(), False)])
def test_who_is_cancelled_can_tell_whether_its_time_was_over(patience: Patience, expected: bool) -> None:
    told: list[bool] = []

    async def upstream() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append(overdue())
            raise

    async def reader() -> None:
        async with waiting(patience):
            await upstream()

    async def main() -> None:
        task = asyncio.ensure_future(reader())
        await asyncio.sleep(0)
        if not expected:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    assert told == [expected]


@pytest.mark.parametrize(
    ("patience", "expected"),
    [
        (Patience(total_s=0.01, rushed=True), False),
        (Patience(first_s=0.01, total_s=5.0, rushed=True), True),
        (Patience(first_s=5.0, total_s=0.01, rushed=True), False),
    ],
)
def test_who_was_asked_when_the_run_had_hardly_time_left_is_not_to_blame(patience: Patience, expected: bool) -> None:
    told: list[bool] = []

    async def main() -> None:
        async with waiting(patience):
            try:
                await asyncio.Event().wait()
            finally:
                told.append(overdue())

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert told == [expected]


def test_outside_a_call_nothing_is_overdue_and_nobody_waits_for_a_connection() -> None:
    assert (overdue(), connect_s()) == (False, None)


def test_each_call_has_a_patience_of_its_own() -> None:
    async def one(seconds: float) -> float | None:
        async with waiting(Patience(connect_s=seconds)):
            await asyncio.sleep(0)
            return connect_s()

    async def main() -> list[float | None]:
        return await asyncio.gather(*(one(s) for s in (1.0, 2.0, 3.0)))

    assert asyncio.run(main()) == [1.0, 2.0, 3.0]
