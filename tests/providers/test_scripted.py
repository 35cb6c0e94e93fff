from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from tests.providers.asking import ask, call, failure
from workbench.errors import BadCatalog, BadReply, CallError, RateLimited, ServerFailed, StreamCut
from workbench.providers.scripted import FAULTS, Scripted
from workbench.types import Call, Model, Reply, user


def model(**options: Any) -> Model:
    return Model("m", price_in=1.0, price_out=10.0, options=options)


def answered(asked: Call | None = None, **options: Any) -> tuple[list[str], Reply]:
    return asyncio.run(ask(Scripted(model(**options)), asked))


def failed(**options: Any) -> CallError:
    return asyncio.run(failure(Scripted(model(**options))))


def test_the_same_call_gets_the_same_words_and_another_call_others() -> None:
    one, again, other = (answered(call(text))[1].text for text in ("a", "a", "b"))
    assert one == again
    assert one != other


def test_another_sample_gets_other_words() -> None:
    first, second = (answered(Call("m", (user("a"),), sample=n))[1].text for n in (0, 1))
    assert first != second


def test_the_answer_does_not_name_its_model() -> None:
    assert "m-secret" not in answered(call(model="m-secret"))[1].text


def test_deltas_sum_to_the_reply_and_each_is_a_token_paid_for() -> None:
    texts, reply = answered(words=7)
    assert len(texts) == 7 == reply.usage.tokens_out
    assert "".join(texts) == reply.text
    assert reply.cost_usd == pytest.approx((reply.usage.tokens_in * 1.0 + 7 * 10.0) / 1e6)


def test_text_and_logprob_can_be_given() -> None:
    texts, reply = answered(text="four", logprob=-0.3)
    assert (texts, reply.text, reply.logprob) == (["four"], "four", -0.3)


def test_max_tokens_cuts_the_answer_and_finish_says_so() -> None:
    _, reply = answered(call(max_tokens=2), text="one two three")
    assert (reply.text, reply.finish) == ("one two ", "length")


def test_no_token_comes_before_its_time() -> None:
    _, reply = answered(words=5, latency_s=0.02, tokens_per_s=100)
    assert reply.ttft_s >= 0.02
    assert reply.latency_s >= 0.02 + 4 / 100


def test_a_late_reader_is_given_what_it_missed_without_another_wait() -> None:
    async def main() -> tuple[int, list[str]]:
        waited: list[str] = []
        async with aclosing(Scripted(model(words=20, tokens_per_s=1000)).stream(call())) as items:
            await anext(items)
            await asyncio.sleep(0.1)  # longer than all of the answer's pace
            asyncio.get_running_loop().call_soon(waited.append, "the loop went round")
            return len([item async for item in items]), list(waited)

    assert asyncio.run(main()) == (20, [])


def test_a_stopped_stream_does_not_disturb_one_that_waits_for_the_same_beat() -> None:
    async def main() -> list[str]:
        scripted = Scripted(model(words=6, tokens_per_s=100))
        other = asyncio.ensure_future(ask(scripted, call("b")))
        stopped = asyncio.ensure_future(ask(scripted, call("a")))
        await asyncio.sleep(0.02)
        stopped.cancel()
        return (await other)[0]

    assert len(asyncio.run(main())) == 6


@pytest.mark.parametrize(
    ("name", "kind"),
    [("429", RateLimited), ("500", ServerFailed), ("refused", ServerFailed), ("garbage", BadReply), ("cut", StreamCut)],
)
def test_each_fault_is_the_error_that_the_real_thing_is(name: str, kind: type[CallError]) -> None:
    assert type(failed(fault=name)) is kind


def test_a_rate_limit_carries_its_wait() -> None:
    error = failed(fault={"name": "429", "retry_after_s": 2.5})
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 2.5
    plain = failed(fault=429)
    assert isinstance(plain, RateLimited)
    assert plain.retry_after_s is None


def test_a_cut_comes_after_as_many_tokens_as_asked() -> None:
    error = failed(text="a b c d", fault={"name": "cut", "after": 2})
    assert isinstance(error, StreamCut)
    assert error.text == "a b "


def test_a_hang_lasts_until_it_is_cancelled() -> None:
    async def main() -> None:
        task = asyncio.ensure_future(ask(Scripted(model(fault={"name": "hang", "after": 1}))))
        done, _ = await asyncio.wait({task}, timeout=0.03)
        assert not done
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_a_slow_first_token_comes_late_and_well() -> None:
    assert answered(fault={"name": "slow", "slow_s": 0.03})[1].ttft_s >= 0.03


def test_only_the_first_calls_fail_when_told_so() -> None:
    async def main() -> list[bool]:
        scripted = Scripted(model(fault={"name": "500", "first": 2}))
        assert isinstance(await failure(scripted), ServerFailed)
        assert isinstance(await failure(scripted), ServerFailed)
        return [bool((await ask(scripted))[1].text) for _ in range(2)]

    assert asyncio.run(main()) == [True, True]


def test_chance_strikes_the_same_calls_every_time_and_a_retry_may_pass() -> None:
    async def outcomes() -> list[bool]:
        scripted = Scripted(model(fault={"name": "500", "chance": 0.4}))
        results = []
        for n in (*range(100), *range(100)):
            try:
                await ask(scripted, call(str(n)))
                results.append(True)
            except ServerFailed:
                results.append(False)
        return results

    first = asyncio.run(outcomes())
    assert first == asyncio.run(outcomes())
    assert 40 < sum(first) < 180
    assert any(not a and b for a, b in zip(first[:100], first[100:], strict=True))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"latency": 1}, "no option 'latency'"),
        ({"fault": "boom"}, ", ".join(FAULTS)),
        ({"latency_s": "1"}, "latency_s must be a number"),
        ({"fault": {"name": "cut", "when": 1}}, "no option 'when'"),
    ],
)
def test_an_unknown_option_is_refused_with_the_known_ones(options: dict[str, Any], said: str) -> None:
    with pytest.raises(BadCatalog, match=said):
        Scripted(model(**options))
