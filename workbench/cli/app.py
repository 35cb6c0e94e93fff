"""`workbench app`: the workbench in a browser, until Ctrl-C."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Mapping

from workbench.settings import Settings

from .console import Console
from .verb import Verbs, count


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    about = "Open the workbench in a browser and serve it until Ctrl-C."
    parser = verbs.add_parser("app", help="open the workbench in a browser", description=about, allow_abbrev=False)
    parser.add_argument("--host", help="address to listen on (WORKBENCH_HOST, 127.0.0.1)")
    parser.add_argument("--port", type=count(0, 65535), help="port to listen on (PORT, 7860); 0 takes a free one")
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.set_defaults(run=app)


def app(args: argparse.Namespace, settings: Settings, console: Console) -> int:
    from workbench.ui.app import serve

    given = {"host": args.host, "port": args.port}
    chosen = dataclasses.replace(settings, **{k: v for k, v in given.items() if v is not None})
    shown = not args.no_browser and sys.stdout.isatty() and has_screen(settings.environ)

    def announce(address: str) -> None:
        console.say(f"Routing Workbench: {address}  (Ctrl-C ends it)")
        if shown:
            import webbrowser

            webbrowser.open(address)

    serve(chosen, announce)
    return 0


def has_screen(environ: Mapping[str, str]) -> bool:
    """Whether a browser would open in a window, and not take this terminal over."""
    return sys.platform in ("darwin", "win32") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
