"""Every model of the catalog behind one Provider: built on first use, shared by all callers, closed together.

A provider's constructor takes, by name, what it needs of: model, base_url, key, client (an httpx client
shared by all models of one address), weights, run_dir, threads. `options.at_once` of a model bounds the calls it
gets at the same time; more wait their turn. Each model has a breaker, and how its calls ended is told to Health.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.catalog import Catalog, Entry
from workbench.errors import AuthFailed, BadRequest, CallError, WorkbenchError
from workbench.events import Delta
from workbench.health import Health
from workbench.patience import queued
from workbench.providers._breaker import Breaker, Guarded, Rule
from workbench.registry import Registry
from workbench.session import Provider
from workbench.settings import Settings, shipped
from workbench.types import Call, Model, Reply

if TYPE_CHECKING:
    import httpx

    from workbench.weights import Weights


class Pool:
    def __init__(
        self,
        catalog: Catalog,
        settings: Settings,
        weights: Path | None = None,
        health: Health | None = None,
        *,
        breakers: bool = True,
    ) -> None:
        """`weights`: the file that describes those of local models, if not the shipped one. Without `breakers` every
        call reaches its model, however ill that is: for recordings."""
        self.catalog, self._settings = catalog, settings
        self.health = health or Health()
        self._with_breakers = breakers
        self._breakers: dict[str, Breaker | None] = {}
        self._registry: Registry[Provider] = Registry("workbench.providers", Provider)
        self._names = frozenset(self._registry.names())
        self._described = weights or shipped("weights.toml")
        self._weights: dict[str, Weights] | None = None
        self._providers: dict[str, Provider] = {}
        self._clients: dict[str, httpx.AsyncClient] = {}

    def entries(self) -> list[Entry]:
        """Every model with the reason why it cannot be used here now, if it cannot."""
        return [replace(e, reason=self._reason(e)) for e in self.catalog.entries]

    def usable(self) -> list[Model]:
        return [e.model for e in self.entries() if not e.reason]

    def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        """The model's own stream behind its breaker and its queue. Raises what its provider does, and BreakerOpen."""
        try:
            return self._provider(call.model).stream(call)
        except CallError as error:
            return _failing(error)
        except WorkbenchError as error:
            return _failing(BadRequest(f"{call.model} cannot be used: {error}"))

    async def close(self) -> None:
        """End every request and every local model that only we use."""
        providers, self._providers = list(self._providers.values()), {}
        clients, self._clients = list(self._clients.values()), {}
        closers = [p.close for p in providers if hasattr(p, "close")] + [c.aclose for c in clients]
        await asyncio.gather(*(close() for close in closers))

    def breaker(self, model: Model) -> Breaker | None:
        """The model's breaker; None where its entry wants none. Raises BadCatalog."""
        if model.id not in self._breakers:
            rule = Rule.of(model) if self._with_breakers else None
            made = self._breakers[model.id] = Breaker(model.id, rule) if rule else None
            if made:
                self.health.watch(model.id, made.standing)
        return self._breakers[model.id]

    def _provider(self, model: str) -> Provider:
        found = self._providers.get(model)
        if found is None:
            entry = self.catalog.entry(model)
            if reason := self._reason(entry):
                raise (AuthFailed if entry.reason else BadRequest)(f"{model} cannot be used: {reason}")
            found = self._providers[model] = self._build(entry.model)
        return found

    def _reason(self, entry: Entry) -> str:
        model = entry.model
        if entry.reason:
            return entry.reason
        if model.provider not in self._names:
            return f"no provider named {model.provider!r}; there are {', '.join(sorted(self._names))} ({entry.where})"
        return self._unfetched(model) if model.provider == "local" else ""

    def _unfetched(self, model: Model) -> str:
        known = self._known_weights()
        if model.id not in known:
            return f"no weights are described for it ({self._described} has {', '.join(known)})"
        if not known[model.id].present(self._settings.weights):
            return f"its weights are not here yet: run `workbench models pull {model.id}`"
        return ""

    def _known_weights(self) -> dict[str, Weights]:
        if self._weights is None:
            from workbench.weights import described

            self._weights = described(self._described)
        return self._weights

    def _build(self, model: Model) -> Provider:
        cls: Callable[..., Provider] = self._registry.load(model.provider)
        wanted = inspect.signature(cls).parameters.values()
        offers = self._offers(model)
        for p in wanted:
            if p.default is p.empty and p.name not in offers:
                raise BadRequest(f"the provider {model.provider} needs {p.name}, which no catalog entry can give")
        provider = cls(**{p.name: offers[p.name]() for p in wanted if p.name in offers})
        guarded = Guarded(provider, model.id, self.breaker(model), self.health)
        at_once = model.options.get("at_once")
        return Queued(guarded, int(at_once)) if at_once else guarded

    def _offers(self, model: Model) -> dict[str, Callable[[], Any]]:
        settings = self._settings
        return {
            "model": lambda: model,
            "base_url": lambda: model.endpoint,
            "key": lambda: self.catalog.secret(model.id),
            "client": lambda: self._client(model.endpoint),
            "weights": lambda: self._known_weights()[model.id].path(settings.weights),
            "run_dir": lambda: settings.home / "run",
            "threads": lambda: settings.threads,
        }

    def _client(self, address: str) -> httpx.AsyncClient:
        from workbench.providers.openai import connect

        if address not in self._clients:
            self._clients[address] = connect(address)
        return self._clients[address]


class Queued:
    """A provider that answers so many calls at a time; the others wait in the order they came."""

    def __init__(self, provider: Provider, at_once: int) -> None:
        self._provider = provider
        self._turns = asyncio.Semaphore(at_once)

    async def stream(self, call: Call) -> AsyncGenerator[Delta | Reply]:
        queued(True)
        async with self._turns:
            queued(False)
            async with aclosing(self._provider.stream(call)) as items:
                async for item in items:
                    yield item

    async def close(self) -> None:
        if hasattr(self._provider, "close"):
            await self._provider.close()


async def _failing(error: CallError) -> AsyncGenerator[Delta | Reply]:
    """A stream that ends with this error: a stream's failures come when it is read."""
    raise error
    yield  # makes it a generator
