"""The page's own routes: begin a comparison, follow its event stream, steer its columns, vote.

Every error a user can mend comes back as `{"error": text}` with status 400.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

import orjson
from fastapi import APIRouter, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException

from workbench.errors import BadInput, StoreError, WorkbenchError
from workbench.services.compare import Compare
from workbench.services.comparison import Comparison, Setup
from workbench.types import Model

from .stream import EventStream, Feeds

DEEPEST = 50
"""Levels of JSON that a request may have: more than any parameter, and fewer than what writes JSON can take."""


def plain(value: Any, levels: int = DEEPEST) -> Any:
    """JSON may carry halves of characters, which no UTF-8 can: they become U+FFFD before anything sees them.

    Raises ValueError for what is nested deeper than `levels`.
    """
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, (dict, list)) and not levels:
        raise ValueError(f"nested more than {DEEPEST} levels deep")
    if isinstance(value, dict):
        return {plain(k): plain(v, levels - 1) for k, v in value.items()}
    return [plain(v, levels - 1) for v in value] if isinstance(value, list) else value


class Wish(BaseModel):
    """What a page asks for, as JSON."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:
        return plain(given)


class Wanted(Wish):
    model_config = ConfigDict(extra="forbid")
    strategy: str
    params: dict[str, Any] = {}


class Begin(Wish):
    model_config = ConfigDict(extra="ignore")
    columns: list[Wanted]
    pool: list[str] = []
    system: str = Field("", max_length=100_000)
    temperature: float | None = Field(None, ge=0, le=2, allow_inf_nan=False)
    max_tokens: int | None = Field(None, ge=1, le=100_000)
    budget_usd: float | None = Field(None, ge=0, allow_inf_nan=False)
    blind: bool = False
    prompt: str = ""
    category: str = Field("", max_length=100)

    def setup(self, usable: Mapping[str, Model]) -> Setup:
        """Raises BadInput for a model that cannot be used."""
        wanted = self.pool or list(usable)
        for model in wanted:
            if model not in usable:
                raise BadInput(f"{model} cannot be used now; usable are {', '.join(usable) or 'none'} (see Settings)")
        params = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        return Setup(
            tuple(usable[m] for m in dict.fromkeys(wanted)),
            self.blind,
            self.system.strip(),
            {k: v for k, v in params.items() if v is not None},
            self.budget_usd,
        )


class Follow(Wish):
    prompt: str = ""


class Ballot(Wish):
    token: str
    choice: str
    tags: list[str] = []
    comment: str = ""


class Pool(Protocol):
    """What the routes need of the model pool."""

    def usable(self) -> list[Model]: ...


def router(compare: Compare, feeds: Feeds, pool: Pool, setup: Callable[[], Mapping[str, Any]]) -> APIRouter:
    """`setup`: what the page needs to know before the first prompt (GET /api/setup)."""
    api = APIRouter(prefix="/api")

    @api.get("/setup")
    async def get_setup() -> Response:
        return as_json(setup())

    @api.post("/comparisons")
    async def begin(wish: Begin) -> Response:
        usable = {m.id: m for m in pool.usable()}
        comparison = await compare.start(
            wish.setup(usable), [(c.strategy, c.params) for c in wish.columns], wish.prompt, wish.category
        )
        feeds.of(comparison)
        return as_json({"id": comparison.id, "experiment": comparison.experiment_id}, 201)

    @api.get("/comparisons/{key}")
    async def document(key: str) -> Response:
        return as_json(feeds.of(await compare.find(key)).document)

    @api.get("/comparisons/{key}/events")
    async def events(key: str, last_event_id: str = Header("")) -> Response:
        return EventStream(feeds, feeds.open(await compare.find(key), last_event_id))

    _add_steering(api, compare, feeds)
    return api


def _add_steering(api: APIRouter, compare: Compare, feeds: Feeds) -> None:
    """What is done to a comparison that has begun."""

    @api.post("/comparisons/{key}/turns")
    async def follow(key: str, wish: Follow) -> Response:
        comparison = await compare.find(key)
        feeds.of(comparison)
        return as_json({"turn": compare.follow(comparison, wish.prompt).index}, 201)

    @api.post("/comparisons/{key}/stop")
    async def stop(key: str) -> Response:
        (await compare.find(key)).stop()
        return as_json({})

    @api.post("/comparisons/{key}/columns/{letter}/{action}")
    async def steer(key: str, letter: str, action: Literal["stop", "retry", "regenerate"]) -> Response:
        comparison = await compare.find(key)
        feeds.of(comparison)
        _steer(comparison, letter, action)
        return as_json({})

    @api.post("/comparisons/{key}/vote")
    async def vote(key: str, ballot: Ballot) -> Response:
        turn = await compare.vote(await compare.find(key), ballot.token, ballot.choice, ballot.tags, ballot.comment)
        return as_json({"turn": turn.index, "choice": turn.vote.choice})

    @api.post("/comparisons/{key}/reveal")
    async def reveal(key: str) -> Response:
        return as_json({"turn": (await compare.reveal(await compare.find(key))).index})


def handle_errors(app: FastAPI) -> None:
    """Errors of the tree become one JSON form; a bug stays a 500 without its insides."""

    @app.exception_handler(WorkbenchError)
    async def known(request: Request, error: Exception) -> Response:
        return refusal(str(error), 507 if isinstance(error, StoreError) else 400)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = error.errors()[0]
        named = [str(part) for part in found["loc"][1:] if found["type"] != "json_invalid"]
        return refusal(f"{'.'.join(named) or 'request'}: {found['msg']}", 422)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return refusal(str(error.detail), error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> Response:
        return refusal("a bug ended this request; the log has the details", 500)


def strangers() -> APIRouter:
    """For every address under /api that no other route took: an error in the form of all others, not a page."""
    api = APIRouter()

    @api.api_route("/api/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def unknown(request: Request, path: str) -> Response:
        return refusal(f"there is no {request.method} /api/{path}", 404)

    return api


def refusal(text: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """What a user reads of an error; text that UTF-8 cannot carry is shown escaped."""
    readable = text.encode("utf-8", "backslashreplace").decode()
    return JSONResponse({"error": readable}, status, headers)


def _steer(comparison: Comparison, letter: str, action: str) -> None:
    if action == "stop":
        comparison.stop(letter)
    else:
        comparison.again(letter, fresh=action == "regenerate")


def as_json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json", headers={"cache-control": "no-store"})
