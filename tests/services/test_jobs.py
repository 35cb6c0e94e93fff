from __future__ import annotations

import asyncio
import gzip
import json
import os
from collections.abc import Awaitable, Callable
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import pytest

from tests import toy
from tests.desk import settings
from workbench.errors import BadInput
from workbench.services.benchmark import Request, run
from workbench.services.jobs import Job, Jobs, Pace

SWEEP = {"param": "moderate_from", "low": 0.0, "high": 0.5, "steps": 6}
ASKED: dict[str, Any] = {"data": "toy", "strategies": [{"strategy": "complexity", "sweep": SWEEP}], "folds": 2}


def at(home: Path, work: Callable[[Jobs], Awaitable[None]]) -> None:
    toy.make(home)

    async def main() -> None:
        jobs = Jobs(settings(home))
        try:
            await work(jobs)
        finally:
            await jobs.close()

    asyncio.run(main())


async def ended(jobs: Jobs, job: Job) -> Job:
    async with asyncio.timeout(60):
        while not job.over:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.02)
    return job


def test_what_a_job_keeps_is_what_a_replay_finds(tmp_path: Path) -> None:
    async def work(jobs: Jobs) -> None:
        job = await ended(jobs, await jobs.start(Request.parse(ASKED)))
        assert (job.state, job.text) == ("done", "")
        kept = json.loads(gzip.decompress(jobs.shelf.file(job.key, "document.json.gz").read_bytes()))
        found = await asyncio.to_thread(run, Request.parse(ASKED), jobs.settings)
        assert kept["sentence"] == found["sentence"]
        assert kept["curves"][0]["points"] == found["curves"][0]["points"]
        prompts = json.loads(gzip.decompress(jobs.shelf.file(job.key, "prompts.json.gz").read_bytes()))
        assert prompts["ids"][0] == "q00000"
        assert prompts["texts"][0] == toy.HOSTILE
        assert len(prompts["texts"]) == found["data"]["prompts"]

    at(tmp_path, work)


def test_two_equal_requests_are_one_job_and_its_result_outlives_the_app(tmp_path: Path) -> None:
    async def work(jobs: Jobs) -> None:
        first, second = await asyncio.gather(*(jobs.start(Request.parse(ASKED)) for _ in range(2)))
        assert first is second
        assert jobs.find(first.key)["state"] in ("waiting", "running")
        assert [one["key"] for one in jobs.recent()] == [first.key]
        await ended(jobs, first)
        again = Jobs(jobs.settings)
        assert (await again.start(Request.parse(ASKED))).state == "done"
        assert again.find(first.key)["request"]["data"] == "toy"
        assert [one["took_s"] > 0 for one in again.recent()] == [True]
        await again.close()

    at(tmp_path, work)


def test_jobs_run_one_at_a_time_and_a_waiting_one_can_be_stopped(tmp_path: Path) -> None:
    async def work(jobs: Jobs) -> None:
        first = await jobs.start(Request.parse(ASKED))
        second = await jobs.start(Request.parse(ASKED | {"seed": 1}))
        await asyncio.sleep(0.05)
        assert (first.state, second.state, jobs.find(second.key)["ahead"]) == ("running", "waiting", 1)
        jobs.stop(second.key)
        assert (await ended(jobs, first)).state == "done"
        assert second.state == "stopped"
        assert second.key not in jobs.shelf

    at(tmp_path, work)


def test_a_stopped_job_leaves_no_process_and_can_be_asked_for_again(tmp_path: Path) -> None:
    async def work(jobs: Jobs) -> None:
        job = await jobs.start(Request.parse(ASKED))
        while job.process is None:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.01)
        process = job.process
        jobs.stop(job.key)
        await asyncio.to_thread(process.join, 10)
        assert process.exitcode == -9
        assert jobs.find(job.key)["state"] == "stopped"
        assert (await ended(jobs, await jobs.start(Request.parse(ASKED)))).state == "done"

    at(tmp_path, work)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"strategies": [{"strategy": "nobody"}]}, "nobody"),
        ({"strategies": [{"strategy": "complexity", "sweep": SWEEP | {"param": "x"}}]}, "no number 'x' to sweep"),
        ({"strategies": [{"strategy": "fixed", "params": {"model": "gone"}}]}, "gone"),
        ({"models": ["gone"]}, "no outcomes of gone"),
        ({"folds": 90}, "90 folds of 80 prompts"),
    ],
)
def test_what_cannot_be_replayed_fails_with_the_reason(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    async def work(jobs: Jobs) -> None:
        job = await ended(jobs, await jobs.start(Request.parse(ASKED | change)))
        assert job.state == "failed"
        assert says in job.text

    at(tmp_path, work)


def test_a_worker_that_dies_is_told(tmp_path: Path) -> None:
    async def work(jobs: Jobs) -> None:
        job = await jobs.start(Request.parse(ASKED))
        while job.process is None or job.process.pid is None:  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.01)
        os.kill(job.process.pid, 9)
        assert (await ended(jobs, job)).state == "failed"
        assert "ended by itself (code -9)" in job.text

    at(tmp_path, work)


def test_a_data_set_is_named_and_no_other_path_is_read(tmp_path: Path) -> None:
    async def work(jobs: Jobs) -> None:
        for name in ("gone", str(tmp_path / "data" / "toy.parquet"), "../data/toy"):
            with pytest.raises(BadInput, match="no data set named"):
                await jobs.start(Request.parse(ASKED | {"data": name}))

    at(tmp_path, work)


def test_a_pace_is_that_of_the_last_steps_and_counts_down() -> None:
    pace = Pace()
    for second, done in ((0.0, 0), (1.0, 10), (2.0, 20)):
        pace.at(second, done, 40)
    assert pace.as_json(2.0) == {"done": 20, "total": 40, "rate": 10.0, "left_s": 2.0}
    assert pace.as_json(3.0)["left_s"] == 1.0
    assert pace.as_json(9.0)["left_s"] == 0.0
    for second in range(100, 110):
        pace.at(float(second), 20 + (second - 100), 40)
    assert pace.as_json(109.0)["rate"] == 1.0
    assert Pace().as_json(5.0) == {"done": 0, "total": 0, "rate": None, "left_s": None}


def test_a_process_that_cannot_start_fails_its_own_job_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(process: object) -> None:
        raise OSError(11, "no process is left")

    async def work(jobs: Jobs) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(SpawnProcess, "start", none_left)
            job = await ended(jobs, await jobs.start(Request.parse(ASKED)))
        assert (job.state, "no process is left" in job.text) == ("failed", True)
        assert (await ended(jobs, await jobs.start(Request.parse(ASKED)))).state == "done"

    at(tmp_path, work)
