from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.pool import prompt
from tests.providers.asking import ask, call, failure
from tests.providers.vendor import HANG, Vendor, chunk
from workbench.catalog import Catalog
from workbench.errors import AuthFailed, BadRequest, CallError
from workbench.patience import Patience
from workbench.services.pool import Pool
from workbench.services.share import Shared
from workbench.session import Session
from workbench.settings import Settings

SCRIPTED = """
[[models]]
id = "a"
provider = "scripted"
options = { text = "I am a" }

[[models]]
id = "b"
provider = "scripted"
options = { text = "I am b", at_once = 1, latency_s = 0.02 }

[[models]]
id = "c"
provider = "openai"
endpoint = "http://127.0.0.1:1/v1"
key = "C_KEY"
price_in = 1
price_out = 1

[[models]]
id = "smollm2-135m"
provider = "local"

[[models]]
id = "stranger"
provider = "telepathy"
price_in = 1
price_out = 1

[[models]]
id = "recorded"
provider = "replay"
price_in = 1
price_out = 1

[[models]]
id = "misled"
provider = "scripted"
options = { wordz = 3 }

[[models]]
id = "unweighed"
provider = "local"
"""


def pool_of(tmp_path: Path, text: str = SCRIPTED, **environ: str) -> Pool:
    path = tmp_path / "models.toml"
    path.write_text(text, encoding="utf-8")
    settings = Settings(home=tmp_path / "home", cache=tmp_path / "cache", environ=environ)
    return Pool(Catalog.load([path], environ), settings)


def test_a_call_goes_to_its_model(tmp_path: Path) -> None:
    async def main() -> list[str]:
        pool = pool_of(tmp_path)
        try:
            return [(await ask(pool, call(model=m)))[1].text for m in ("a", "b", "a")]
        finally:
            await pool.close()

    assert asyncio.run(main()) == ["I am a", "I am b", "I am a"]


def test_what_cannot_be_used_says_why(tmp_path: Path) -> None:
    reasons = {e.model.id: e.reason for e in pool_of(tmp_path).entries()}
    assert reasons["a"] == ""
    assert "C_KEY" in reasons["c"]
    assert "workbench models pull smollm2-135m" in reasons["smollm2-135m"]
    assert "no provider named 'telepathy'; there are litellm, local, openai" in reasons["stranger"]
    assert "no weights are described" in reasons["unweighed"]
    assert [m.id for m in pool_of(tmp_path, C_KEY="k").usable()] == ["a", "b", "c", "recorded", "misled"]


@pytest.mark.parametrize(
    ("model", "kind", "said"),
    [
        ("c", AuthFailed, "C_KEY"),
        ("smollm2-135m", BadRequest, "models pull"),
        ("stranger", BadRequest, "telepathy"),
        ("recorded", BadRequest, "needs recorded"),
        ("misled", BadRequest, "no option 'wordz'"),
        ("nobody", BadRequest, "there are a, b, c"),
    ],
)
def test_a_call_to_a_model_that_cannot_be_used_fails_as_a_call(
    tmp_path: Path, model: str, kind: type[Exception], said: str
) -> None:
    error = asyncio.run(failure(pool_of(tmp_path), call(model=model)))
    assert type(error) is kind
    assert said in str(error)


def test_at_once_bounds_the_calls_a_model_gets(tmp_path: Path) -> None:
    async def main() -> float:
        pool = pool_of(tmp_path)
        start = asyncio.get_running_loop().time()
        await asyncio.gather(*(ask(pool, call(str(i), model="b")) for i in range(4)))
        return asyncio.get_running_loop().time() - start

    assert asyncio.run(main()) >= 4 * 0.02


def test_models_of_one_address_share_connections_and_keys_come_from_the_environment(tmp_path: Path) -> None:
    async def main() -> Vendor:
        async with Vendor().listening() as vendor:
            entry = (
                '[[models]]\nid = "{}"\nprovider = "openai"\nendpoint = "{}"\nkey = "K"\nprice_in = 1\nprice_out = 1\n'
            )
            pool = pool_of(tmp_path, entry.format("x", vendor.url) + entry.format("y", vendor.url), K="sk-12345")
            await ask(pool, call(model="x"))
            await ask(pool, call(model="y"))
            await pool.close()
            return vendor

    vendor = asyncio.run(main())
    assert vendor.connections == 1
    assert [r["model"] for r in vendor.requests] == ["x", "y"]
    assert all("Authorization: Bearer sk-12345" in head for head in vendor.heads)


def test_a_bounded_model_still_cancels_upstream_and_gives_its_turn_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with Vendor([chunk("Hel"), HANG]).listening() as vendor:
            text = (
                f'[[models]]\nid = "x"\nprovider = "openai"\nendpoint = "{vendor.url}"\nprice_in = 1\nprice_out = 1\n'
            )
            pool = pool_of(tmp_path, text + "options = { at_once = 1 }\n")
            stuck = asyncio.ensure_future(ask(pool, call(model="x")))
            await vendor.asked.wait()
            stuck.cancel()
            await asyncio.wait_for(vendor.left.wait(), 5)
            vendor.pieces = Vendor().pieces
            assert (await asyncio.wait_for(ask(pool, call(model="x")), 5))[1].text == "Hello"
            await pool.close()

    asyncio.run(main())


def test_closing_an_unused_pool_builds_nothing(tmp_path: Path) -> None:
    asyncio.run(pool_of(tmp_path).close())
    assert not (tmp_path / "home").exists()


LONE = """
[[models]]
id = "lone"
provider = "scripted"
options = { fault = "hang", breaker = { failures = 3 } }
"""


def test_a_lone_endpoint_that_is_given_up_again_and_again_is_left_alone(tmp_path: Path) -> None:
    async def main() -> list[str]:
        pool, kinds = pool_of(tmp_path, LONE), []
        shared = Shared(pool)
        for provider in (pool, shared, shared, pool):
            asked = prompt(models=tuple(pool.usable()))
            with pytest.raises(CallError) as caught:
                await Session(asked, provider, patience=Patience(total_s=0.01)).ask("lone")
            kinds.append(caught.value.kind)
            await asyncio.sleep(0.01)  # what shares a reply lets go of it in a task of its own
        assert pool.health.of("lone").standing.state == "open"
        await pool.close()
        return kinds

    assert asyncio.run(main()) == ["timeout", "timeout", "timeout", "breaker_open"]


def test_a_breaker_that_cannot_be_understood_fails_the_call_and_says_why(tmp_path: Path) -> None:
    pool = pool_of(tmp_path, LONE.replace("failures = 3", "strikes = 3"))
    error = asyncio.run(failure(pool, call(model="lone")))
    assert "a breaker has no field 'strikes'" in str(error)


def test_a_recording_asks_on_whatever_fails(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text(LONE.replace('"hang"', '"500"'), encoding="utf-8")
    pool = Pool(Catalog.load([path], {}), Settings(home=tmp_path, cache=tmp_path, environ={}), breakers=False)
    kinds = {asyncio.run(failure(pool, call(str(i), model="lone"))).kind for i in range(9)}
    assert kinds == {"server"}


def test_an_endpoint_asked_at_the_end_of_a_runs_time_is_not_blamed_for_it(tmp_path: Path) -> None:
    pair = LONE + LONE.replace('"lone"', '"other"')

    async def main() -> list[str]:
        pool = pool_of(tmp_path, pair)
        for _ in range(3):
            asked = prompt(models=tuple(pool.usable()))
            session = Session(asked, pool, deadline_s=0.05)
            with pytest.raises(CallError):
                await session.within(0.03).ask("lone")
            with pytest.raises(CallError):
                await session.ask("other")
        await pool.close()
        return [pool.health.of(m).standing.state for m in ("lone", "other")]

    assert asyncio.run(main()) == ["open", "closed"]
