"""Everything that can go wrong and is not a bug. What is not in this tree is a bug and is loud.

* WorkbenchError            shown to the user as it is, without a traceback
  x CallError               one call to a model failed; a strategy may catch it and go on
    + CallTimeout           no answer (or no first token) in time
    + RateLimited           429; `retry_after_s` when the vendor said so
    + AuthFailed            401 or 403: the key is missing, wrong or not allowed
    + BadRequest            400, 404, 422: the vendor refuses this request; asking again will not help
    + ContextTooLong        the prompt does not fit the model's context window
    + ServerFailed          5xx, a refused or reset connection, a crashed local model
    + BadReply              the vendor's answer cannot be understood
    + StreamCut             the answer stopped in the middle; `text` holds what came
    + QueueFull             too many callers wait for this model already, or its turn did not come in time
    + BreakerOpen           the model failed too often lately and is left alone for `retry_after_s`
    + BudgetSpent           the call would exceed the run's budget
    + DeadlinePassed        the run's time is over
    + Refused               a safety policy does not allow this prompt, or this answer
    + NotRecorded           replay: nothing was recorded for this call
  x UnknownPlugin           no strategy, provider, ... of that name
  x UnknownModel            no such model in the catalog or in this pool
  x BadParameter            a strategy's parameter has no such name, type or range
  x BadCatalog              models.toml cannot be read; the line is named
  x BadInput                a prompt, file, vote or request that cannot be taken
  x StoreError              the database cannot be opened, written or read
  x WeightsError            a local model's file cannot be fetched or fails its hash
  x SyncError               mirroring to Weights & Biases failed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .types import Answer


class WorkbenchError(Exception):
    """Shown to the user as it is: says what happened, why, and what mends it."""

    kind = "error"


class CallError(WorkbenchError):
    """One call to a model failed. A strategy may catch it and ask another model."""

    waited_s = 0.0
    """Seconds from the request to its failure, for a clock that has to be told (replay)."""
    model: str = ""
    """The id of the model that was asked."""
    partial: Answer | None = None
    """What the reader had been given of the answer when it broke off; None before the first token."""
    retry_after_s: float | None = None
    """How long not to ask this model again, when that is known."""


class CallTimeout(CallError):
    kind = "timeout"


class RateLimited(CallError):
    kind = "rate_limited"

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class AuthFailed(CallError):
    kind = "auth"


class BadRequest(CallError):
    kind = "bad_request"


class ContextTooLong(BadRequest):
    kind = "context"


class ServerFailed(CallError):
    kind = "server"


class BadReply(CallError):
    kind = "bad_reply"


class StreamCut(CallError):
    kind = "cut"

    def __init__(self, message: str, text: str = "") -> None:
        super().__init__(message)
        self.text = text


class QueueFull(CallError):
    kind = "queue_full"


class BreakerOpen(CallError):
    kind = "breaker_open"

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BudgetSpent(CallError):
    kind = "budget"


class DeadlinePassed(CallError):
    kind = "deadline"


class Refused(CallError):
    kind = "refused"


class NotRecorded(CallError):
    kind = "not_recorded"


class UnknownPlugin(WorkbenchError): ...


class UnknownModel(WorkbenchError): ...


class BadParameter(WorkbenchError): ...


class BadCatalog(WorkbenchError): ...


class BadInput(WorkbenchError): ...


class StoreError(WorkbenchError): ...


class WeightsError(WorkbenchError): ...


class SyncError(WorkbenchError): ...
