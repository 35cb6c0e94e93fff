from __future__ import annotations

import asyncio
import json
import math
import socket
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest

from tests.providers.asking import ask, call, failure
from tests.providers.vendor import DONE, HANG, HELLO, RESET, Vendor, chunk, full, usage
from workbench.errors import (
    AuthFailed,
    BadReply,
    CallError,
    CallTimeout,
    ContextTooLong,
    RateLimited,
    ServerFailed,
    StreamCut,
)
from workbench.patience import Patience, waiting
from workbench.providers.openai import OpenAI
from workbench.types import Call, Message, Model, Reply, Text

MODEL = Model("m", price_in=1.0, price_out=10.0, name="vendor/m")
KEY = "sk-secret-0123456789"


def answered(vendor: Vendor, asked: Call | None = None, model: Model = MODEL, key: str = "") -> tuple[list[str], Reply]:
    async def main() -> tuple[list[str], Reply]:
        async with vendor.listening():
            provider = OpenAI(model, base_url=vendor.url, key=key)
            try:
                return await ask(provider, asked)
            finally:
                await provider.close()

    return asyncio.run(main())


def failed(vendor: Vendor, model: Model = MODEL) -> CallError:
    async def main() -> CallError:
        async with vendor.listening():
            provider = OpenAI(model, base_url=vendor.url, key=KEY)
            try:
                return await failure(provider)
            finally:
                await provider.close()

    return asyncio.run(main())


def test_reply_is_the_sum_of_its_deltas_with_the_vendors_count_and_our_price() -> None:
    texts, reply = answered(Vendor())
    assert texts == ["Hel", "lo"]
    assert reply.text == "Hello"
    assert (reply.usage.tokens_in, reply.usage.tokens_out, reply.usage.estimated) == (5, 2, False)
    assert reply.cost_usd == pytest.approx((5 * 1.0 + 2 * 10.0) / 1e6)
    assert 0 < reply.ttft_s <= reply.latency_s
    assert reply.finish == "stop"


def test_request_carries_the_callers_fields_the_vendors_name_and_the_key() -> None:
    vendor = Vendor()
    answered(vendor, call(temperature=0.5, max_tokens=7, seed=3, unheard_of={"a": 1}), key=KEY)
    sent = vendor.requests[0]
    assert {k: sent[k] for k in ("temperature", "max_tokens", "seed", "unheard_of")} == {
        "temperature": 0.5,
        "max_tokens": 7,
        "seed": 3,
        "unheard_of": {"a": 1},
    }
    assert sent["model"] == "vendor/m"
    assert sent["stream"] is True
    assert sent["stream_options"] == {"include_usage": True}
    assert f"Authorization: Bearer {KEY}" in vendor.heads[0]


def test_options_send_fields_and_leave_out_stream_options() -> None:
    vendor = Vendor()
    model = Model("m", options={"params": {"top_p": 0.9, "seed": 1}, "stream_options": False})
    answered(vendor, call(seed=2), model)
    assert vendor.requests[0]["top_p"] == 0.9
    assert vendor.requests[0]["seed"] == 2, "the call's own field wins"
    assert "stream_options" not in vendor.requests[0]


@pytest.mark.parametrize("count", [-5, 10**18, True, "7", 2.5, None])
def test_a_count_that_cannot_be_is_not_charged(count: Any) -> None:
    _, reply = answered(Vendor([chunk("Hello", finish_reason="stop"), usage(5, count), DONE]))
    assert reply.usage.estimated
    assert 0 < reply.cost_usd < 1e-3


def test_usage_is_estimated_when_the_vendor_counts_nothing() -> None:
    _, reply = answered(Vendor([chunk("Hello"), chunk(finish_reason="length"), DONE]))
    assert reply.usage.estimated
    assert reply.usage.tokens_in > 0
    assert reply.usage.tokens_out > 0
    assert reply.finish == "length"


def test_logprob_is_the_mean_over_tokens_and_asked_for_only_where_the_model_can() -> None:
    def token(text: str, logprob: float) -> bytes:
        return chunk(text, logprobs={"content": [{"token": text, "logprob": logprob}]})

    vendor = Vendor([token("a", -0.2), token("b", -0.6), chunk(finish_reason="stop"), DONE])
    _, reply = answered(vendor, model=Model("m", capabilities=frozenset({"logprobs"})))
    assert reply.logprob is not None
    assert math.isclose(reply.logprob, -0.4)
    assert vendor.requests[0]["logprobs"] is True
    plain = Vendor()
    assert answered(plain)[1].logprob is None
    assert "logprobs" not in plain.requests[0]


def test_events_may_be_cut_anywhere_even_inside_a_character() -> None:
    raw = json.dumps({"choices": [{"delta": {"content": "日本 naïve"}, "finish_reason": "stop"}]}, ensure_ascii=False)
    stream = f": hello\r\n\r\ndata: {raw}\r\n\r\ndata: [DONE]\n".encode()
    texts, reply = answered(Vendor([stream[i : i + 1] for i in range(len(stream))]))
    assert reply.text == "日本 naïve"
    assert "".join(texts) == reply.text


def test_a_stream_that_finished_needs_no_done_mark() -> None:
    assert answered(Vendor([chunk("ok"), chunk(finish_reason="stop")]))[1].text == "ok"


def test_tool_calls_are_tolerated_and_named_by_finish() -> None:
    piece = chunk(delta={"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]})
    texts, reply = answered(Vendor([piece, chunk(finish_reason="tool_calls"), usage(3, 4), DONE]))
    assert texts == []
    assert reply.finish == "tool_calls"
    assert reply.usage.tokens_out == 4


def test_half_a_surrogate_pair_in_a_prompt_is_sent_as_a_question_mark() -> None:
    vendor = Vendor()
    answered(vendor, Call("m", (Message("user", (Text("a\ud83dz"),)),)))
    assert vendor.requests[0]["messages"][0]["content"] == "a?z"


def test_a_finished_answer_gives_its_connection_back() -> None:
    async def main() -> int:
        async with Vendor().listening() as vendor:
            provider = OpenAI(MODEL, base_url=vendor.url)
            for _ in range(3):
                await ask(provider)
            await provider.close()
            return vendor.connections

    assert asyncio.run(main()) == 1


def test_a_server_that_keeps_the_stream_open_after_done_holds_nobody() -> None:
    assert answered(Vendor([*HELLO, HANG]))[1].text == "Hello"


@pytest.mark.parametrize("pieces", [(HANG,), (chunk("Hel"), HANG)], ids=["before the first token", "in the middle"])
def test_cancelling_closes_the_request_upstream_at_once(pieces: Sequence[bytes]) -> None:
    async def main() -> None:
        async with Vendor(pieces).listening() as vendor:
            provider = OpenAI(MODEL, base_url=vendor.url)
            task = asyncio.ensure_future(ask(provider))
            await vendor.asked.wait()
            assert not vendor.left.is_set()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(vendor.left.wait(), 2)
            await provider.close()

    asyncio.run(main())


def test_closing_the_stream_closes_the_request_upstream() -> None:
    async def main() -> None:
        async with Vendor([chunk("Hel"), HANG]).listening() as vendor:
            provider = OpenAI(MODEL, base_url=vendor.url)
            async with aclosing(provider.stream(call())) as items:
                await anext(items)
            await asyncio.wait_for(vendor.left.wait(), 2)
            await provider.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": {"message": "bad field"}}, "bad_request"),
        (400, {"error": {"message": "This model's maximum context length is 8192 tokens"}}, "context"),
        (400, {"error": {"code": "context_length_exceeded", "message": "no"}}, "context"),
        (401, {"error": {"message": "Incorrect API key"}}, "auth"),
        (402, {"error": {"message": "no credit"}}, "auth"),
        (403, {"detail": "not allowed"}, "auth"),
        (404, {"message": "no such model"}, "bad_request"),
        (413, {}, "context"),
        (429, {"error": "slow down"}, "rate_limited"),
        (500, {}, "server"),
        (302, {}, "bad_request"),
        (504, {}, "timeout"),
        (529, {"error": {"message": "Overloaded"}}, "server"),
    ],
)
def test_a_status_becomes_its_error(status: int, body: dict[str, Any], kind: str) -> None:
    error = failed(Vendor([json.dumps(body).encode()], status))
    assert error.kind == kind
    assert str(error).startswith("m: ")


def test_a_rate_limit_says_when_to_come_again() -> None:
    error = failed(Vendor([b"{}"], 429, "retry-after: 7\r\n"))
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 7
    assert "try again in 7 s" in str(error)


def test_no_error_text_holds_the_key() -> None:
    echo = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}. Header was Bearer {KEY}"}}).encode()
    for vendor in (Vendor([echo], 401), Vendor([b"data: " + echo + b"\n\n"]), Vendor([f"data: {KEY}\n\n".encode()])):
        error = failed(vendor)
        assert KEY not in str(error) + repr(error) + repr(error.__cause__)


def test_a_key_that_no_header_can_carry_is_refused_without_quoting_it() -> None:
    with pytest.raises(AuthFailed) as caught:
        OpenAI(MODEL, base_url="http://127.0.0.1:1", key="sk-a\nb…")
    assert "sk-a" not in str(caught.value)


def test_nobody_listening_is_a_failed_server() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"

        async def main() -> CallError:
            provider = OpenAI(MODEL, base_url=url)
            try:
                return await failure(provider)
            finally:
                await provider.close()

        error = asyncio.run(main())
    assert isinstance(error, ServerFailed)
    assert "is the server running" in str(error)


def test_a_connection_that_is_not_made_within_the_readers_patience_is_a_timeout() -> None:
    with full() as url:

        async def main() -> CallError:
            provider = OpenAI(MODEL, base_url=url)
            try:
                async with asyncio.timeout(5), waiting(Patience(connect_s=0.05)):
                    return await failure(provider)
            finally:
                await provider.close()

        error = asyncio.run(main())
    assert isinstance(error, CallTimeout)
    assert "no connection to 127.0.0.1" in str(error)


def test_a_reset_before_the_first_text_is_a_failed_server() -> None:
    assert isinstance(failed(Vendor([RESET])), ServerFailed)


def test_a_reset_after_text_is_a_cut_stream_with_the_text_so_far() -> None:
    error = failed(Vendor([chunk("Hel"), chunk("lo"), RESET], every_s=0.02))
    assert isinstance(error, StreamCut)
    assert error.text == "Hello"


def test_a_stream_that_just_ends_is_cut() -> None:
    error = failed(Vendor([chunk("Hel"), chunk("lo")]))
    assert isinstance(error, StreamCut)
    assert error.text == "Hello"


def test_silence_is_a_timeout() -> None:
    error = failed(Vendor([chunk("Hel"), HANG]), Model("m", options={"timeout_s": 0.05}))
    assert isinstance(error, CallTimeout)


@pytest.mark.parametrize(
    "piece",
    [
        b"data: {not json\n\n",
        b"data: [1]\n\n",
        b'data: {"choices": [3]}\n\n',
        b'data: {"choices": 3}\n\n',
        b'data: {"choices": [{"delta": {"content": 5}}]}\n\n',
        b'data: "\xff\xfe"\n\n',
        b"<html>welcome</html>",
        b'{"choices": [{"message": {"content": "not streamed"}}]}',
    ],
)
def test_garbage_is_a_bad_reply(piece: bytes) -> None:
    assert isinstance(failed(Vendor([piece])), BadReply)


def test_an_error_inside_the_stream_is_the_vendors_error_before_text_and_a_cut_after_it() -> None:
    report = b'data: {"error": {"code": 429, "message": "busy"}}\n\n'
    assert isinstance(failed(Vendor([report])), RateLimited)
    error = failed(Vendor([chunk("Hel"), report]))
    assert isinstance(error, StreamCut)
    assert error.text == "Hel"
    assert "busy" in str(error)


def test_llama_cpps_word_for_too_long_is_understood() -> None:
    said = b'{"error": {"code": 400, "message": "the request exceeds the available context size", "type": "exceed_context_size_error"}}'
    assert isinstance(failed(Vendor([said], 400)), ContextTooLong)
