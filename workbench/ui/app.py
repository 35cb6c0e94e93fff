"""The whole app: our routes, Gradio's pages, one guard around both, and what they share, opened and closed in order."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import socket
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from workbench.errors import BadInput
from workbench.services import changes
from workbench.services.desk import Desk
from workbench.services.doctor import diagnose
from workbench.services.fit import Fits, fitted
from workbench.settings import Settings, shipped

from . import checks, drifts, experiments, learning, records, replays, routes, routing
from .assets import PREFIX, Assets
from .choices import setup
from .farewell import Farewell
from .security import Security
from .stream import Feeds

log = logging.getLogger(__name__)


def build(desk: Desk) -> ASGIApp:
    """The app around an open desk. Closing the app closes the desk."""
    import gradio as gr

    from .pages import pages
    from .theme import mount_options

    app = site(desk, Feeds())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="SSR mode is not supported with multi-page")  # and it is off
        gr.mount_gradio_app(app, pages(desk, offered(desk)), path="/", **mount_options())
    return guarded(app, desk)


def site(desk: Desk, feeds: Feeds) -> FastAPI:
    """Our own routes. They come before Gradio's, which take every address that is left."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        all_ = desk.refits.through(desk.store), changes.through(desk.store), desk.online.through()
        jobs = [asyncio.create_task(job) for job in all_]
        yield
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        feeds.close()
        await desk.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    routes.handle_errors(app)
    models = {entry.model.id: entry.model for entry in desk.catalog.entries}
    app.include_router(routes.router(desk.compare, feeds, desk.pool, lambda: offered(desk)))
    app.include_router(records.router(desk.store, models))
    app.include_router(routing.router(desk.store))
    app.include_router(experiments.router(desk.store, desk.trials))
    app.include_router(replays.router(desk.jobs))
    app.include_router(learning.router(desk.store, desk.refits))
    app.include_router(drifts.router(desk.store))
    app.include_router(checks.router(lambda: diagnose(desk.settings, desk.catalog)))
    app.include_router(routes.strangers())
    app.add_api_route("/healthz", lambda: {"ok": True})
    app.mount(PREFIX, Assets())
    return app


def offered(desk: Desk) -> dict[str, Any]:
    fits = Fits.at(desk.settings.home)
    return setup(
        desk.strategies,
        desk.pool.entries(),
        shipped("prompts.toml"),
        desk.pool.health,
        lambda name: fitted(desk.strategies, fits, name),
    )


def guarded(app: ASGIApp, desk: Desk) -> ASGIApp:
    return Security(app, hosts=desk.settings.allowed_hosts, frame_ancestors=desk.settings.frame_ancestors)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises BadInput when the port is taken or not ours to take."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen()  # two that only bind may share a port
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise BadInput(
                f"port {port} is in use, perhaps by another workbench: open {address(host, port)} or set PORT to a free one"
            ) from None
        raise BadInput(f"cannot listen on {host}:{port}: {error.strerror}; set WORKBENCH_HOST or PORT") from None
    return sock


def address(host: str, port: int) -> str:
    """What to open in a browser on this machine."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104 - told, not bound
    return f"http://{shown}:{port}"


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Run the app until it is interrupted. `announce` is told the address once it answers."""
    import uvicorn

    sock = listen(settings.host, settings.port)
    port = sock.getsockname()[1]

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            announce(address(settings.host, port))

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            app.say()
            await super().shutdown(sockets)

    desk = Desk.open(settings)
    app = Farewell(build(desk))
    gc.collect()
    gc.set_threshold(20_000, 20, 20)
    gc.freeze()  # half a million objects of Gradio's live on: a collector that walks them stops every stream meanwhile
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=3,
        server_header=False,
        ws="none",
    )
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(Server(config).serve([sock]))
    finally:
        gc.unfreeze()  # what is frozen is never let go, and DuckDB complains of that at exit


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where there is one; Windows goes without."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
