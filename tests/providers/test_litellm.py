from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import pytest

from tests.providers.asking import ask, call, failure
from tests.providers.vendor import DONE, HANG, RESET, Vendor, chunk, full
from workbench.errors import BadReply, CallError, CallTimeout, RateLimited, ServerFailed, StreamCut
from workbench.patience import Patience, waiting
from workbench.providers.litellm import LiteLLM
from workbench.types import Model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # litellm's own, of pydantic
KEY = "sk-secret-0123456789"
T = TypeVar("T")


def with_vendor(vendor: Vendor, work: Callable[[LiteLLM], Awaitable[T]], **fields: Any) -> T:
    """Run it on a litellm model that is served by the vendor."""

    async def main() -> T:
        async with vendor.listening():
            model = Model("m", 1.0, 10.0, name="openai/some-model", endpoint=vendor.url, **fields)
            provider = LiteLLM(model, key=KEY)
            try:
                return await work(provider)
            finally:
                await provider.close()

    return asyncio.run(main())


def failed(vendor: Vendor) -> CallError:
    return with_vendor(vendor, failure)


def test_importing_the_provider_does_not_import_litellm() -> None:
    code = "import sys, workbench.providers.litellm; sys.exit('litellm' in sys.modules or 'openai' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_reply_has_the_vendors_count_at_the_catalogs_price() -> None:
    texts, reply = with_vendor(Vendor(), ask)
    assert texts == ["Hel", "lo"]
    assert (reply.text, reply.finish) == ("Hello", "stop")
    assert (reply.usage.tokens_in, reply.usage.tokens_out, reply.usage.estimated) == (5, 2, False)
    assert reply.cost_usd == pytest.approx((5 * 1.0 + 2 * 10.0) / 1e6)
    assert 0 < reply.ttft_s <= reply.latency_s


def test_usage_is_estimated_when_the_vendor_counts_nothing() -> None:
    reply = with_vendor(Vendor([chunk("Hello"), chunk(finish_reason="length"), DONE]), ask)[1]
    assert reply.usage.tokens_in > 0
    assert reply.usage.tokens_out > 0
    assert reply.finish == "length"


def test_logprob_is_the_mean_over_tokens() -> None:
    pieces = [
        chunk(text, logprobs={"content": [{"token": text, "logprob": p, "bytes": None, "top_logprobs": []}]})
        for text, p in (("a", -0.2), ("b", -0.6))
    ]
    vendor = Vendor([*pieces, chunk(finish_reason="stop"), DONE])
    reply = with_vendor(vendor, ask, capabilities=frozenset({"logprobs"}))[1]
    assert reply.logprob == pytest.approx(-0.4)
    assert vendor.requests[0]["logprobs"] is True


def test_fields_reach_the_vendor_and_none_can_steer_litellm() -> None:
    vendor = Vendor()
    asked = call(temperature=0.5, unheard_of=3, api_base="http://127.0.0.1:1", api_key="other", mock_response="no")
    with_vendor(vendor, lambda provider: ask(provider, asked))
    sent = vendor.requests[0]
    assert (sent["temperature"], sent["unheard_of"]) == (0.5, 3)
    assert f"authorization: Bearer {KEY}" in vendor.heads[0]


@pytest.mark.parametrize("pieces", [(HANG,), (chunk("Hel"), HANG)], ids=["before the first token", "in the middle"])
def test_cancelling_closes_the_request_upstream(pieces: Sequence[bytes]) -> None:
    vendor = Vendor(pieces)

    async def work(provider: LiteLLM) -> None:
        task = asyncio.ensure_future(ask(provider))
        await vendor.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(vendor.left.wait(), 5)

    with_vendor(vendor, work)


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (400, "bad field", "bad_request"),
        (400, "maximum context length is 10", "context"),
        (401, f"bad key {KEY}", "auth"),
        (403, "no", "auth"),
        (404, "no such model", "bad_request"),
        (500, "oh", "server"),
        (503, "busy", "server"),
    ],
)
def test_a_status_becomes_its_error_without_the_key(status: int, said: str, kind: str) -> None:
    error = failed(Vendor([json.dumps({"error": {"message": said}}).encode()], status))
    assert error.kind == kind
    assert KEY not in str(error) + repr(error.__cause__)
    assert "litellm" not in str(error)


def test_a_rate_limit_says_when_to_come_again_and_is_not_retried_behind_our_back() -> None:
    vendor = Vendor([b"{}"], 429, "retry-after: 7\r\n")
    error = failed(vendor)
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 7
    assert len(vendor.requests) == 1


def test_a_stream_that_just_ends_is_cut_though_litellm_calls_it_finished() -> None:
    error = failed(Vendor([chunk("Hel"), chunk("lo")]))
    assert isinstance(error, StreamCut)
    assert error.text == "Hello"


def test_a_reset_is_a_cut_after_text_and_a_failed_server_before() -> None:
    error = failed(Vendor([chunk("Hel"), chunk("lo"), RESET], every_s=0.02))
    assert isinstance(error, StreamCut)
    assert error.text == "Hello"
    assert isinstance(failed(Vendor([RESET])), ServerFailed)


def test_garbage_is_a_bad_reply() -> None:
    assert isinstance(failed(Vendor([b"data: {not json\n\n"])), BadReply)


def test_a_connection_that_is_not_made_within_the_readers_patience_is_a_timeout() -> None:
    with full() as url:

        async def main() -> CallError:
            provider = LiteLLM(Model("m", name="openai/some-model", endpoint=url), key=KEY)
            try:
                async with asyncio.timeout(20), waiting(Patience(connect_s=0.05)):
                    return await failure(provider)
            finally:
                await provider.close()

        assert isinstance(asyncio.run(main()), CallTimeout)
