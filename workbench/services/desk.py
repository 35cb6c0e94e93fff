"""Everything one process needs to work: catalog, strategies, store, model pool, comparisons; opened once, closed in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import embed, health, policy, vectors
from workbench.catalog import Catalog
from workbench.errors import WorkbenchError
from workbench.health import Health
from workbench.outcomes import Outcomes
from workbench.registry import Registry
from workbench.settings import Settings, shipped
from workbench.store import Store, open_store
from workbench.strategy import Strategy
from workbench.votes import Votes

from .archive import StoreArchive
from .compare import Compare
from .fit import Fits, FittedStrategies, fit, fit_votes
from .jobs import Jobs
from .online import Online
from .pool import Pool
from .refit import Refits
from .specs import registry
from .trials import Trials
from .vitals import restore


@dataclass
class Desk:
    settings: Settings
    catalog: Catalog
    strategies: Registry[Strategy]
    store: Store
    pool: Pool
    compare: Compare
    jobs: Jobs
    """Replays."""
    trials: Trials
    """Experiments."""
    refits: Refits
    """Strategies that are fitted anew by and by, while the app runs."""
    online: Online
    """Those that learn while they serve."""

    @classmethod
    def open(cls, settings: Settings) -> Desk:
        """Raises BadCatalog or StoreError."""
        catalog = load_catalog(settings)
        strategies = fitted(settings)
        store = open_store(settings.home)
        pool = Pool(catalog, settings)
        try:
            restore(store, pool)
        except WorkbenchError:
            store.close()
            raise
        health.use(pool.health)
        archive = StoreArchive(store, strategies, catalog, pool, store.new_id)
        online = Online(strategies, store)
        compare = Compare(pool, strategies, archive, store.new_id, online=online)
        trials = Trials(settings, pool, strategies, store)
        return cls(
            settings,
            catalog,
            strategies,
            store,
            pool,
            compare,
            Jobs(settings),
            trials,
            Refits(strategies, settings.home),
            online,
        )

    async def close(self) -> None:
        """Stop what runs, record it, then let go of models and store."""
        await self.compare.close()
        await self.jobs.close()
        await self.trials.close()
        await self.pool.close()
        self.store.close()
        health.use(Health())


def fitted(settings: Settings) -> FittedStrategies:
    """The strategies with what this user's data taught them and this user's policies say. Prompts are embedded once."""
    _choose(settings)
    return FittedStrategies(Fits.at(settings.home))


async def teach(settings: Settings, store: Store) -> None:
    """Let what learns while it serves hear of what was voted on, graded or judged, where no app does so."""
    await Online(fitted(settings), store).catch_up()


def _choose(settings: Settings) -> None:
    """What strategies of this process read policies and vectors from."""
    policy.use(settings.home)
    embed.use(embed.cached(settings.cache, model=settings.embedder))
    vectors.use(vectors.opener(settings.vectors, settings.vectors_key))


def learn(settings: Settings, strategy: str, params: Mapping[str, Any], data: Outcomes) -> Path:
    """Fit a strategy on a data set and keep that for live use. Returns the file."""
    _choose(settings)
    return fit(Fits.at(settings.home), registry(), strategy, params, data)


def learn_votes(settings: Settings, strategy: str, params: Mapping[str, Any], votes: Votes) -> Path:
    """Fit a strategy on people's votes on the models of the catalog, usable or not. Returns the file."""
    _choose(settings)
    models = [entry.model for entry in load_catalog(settings).entries]
    return fit_votes(Fits.at(settings.home), registry(), strategy, params, votes, models)


def load_catalog(settings: Settings) -> Catalog:
    """The shipped catalog under the user's own models.toml."""
    return Catalog.load([shipped("models.toml"), settings.home / "models.toml"], settings.environ)
