"""Where experiments are mirrored to. Both take the same parcels; here is where they part.

Weights & Biases keeps a run that grows: a parcel holds what is new, is written to a folder and uploaded where a key is there. trackio
keeps a local database and needs no account: a parcel holds its run whole and takes the place of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SyncError
from workbench.settings import Settings

PASSED_ON = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "USERPROFILE", "PYTHONPATH",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
)  # fmt: skip
"""Of the user's environment, what a writer gets: no key of any vendor, no setting of the service's own."""


@dataclass(frozen=True, slots=True)
class Backend:
    name: str
    """Its folder under the user's home, and what `--to` takes."""
    title: str
    program: str
    """Beside this file: reads parcels, answers with folders."""
    whole: bool
    """A parcel holds its run whole and replaces it; else it holds what is new."""

    def folder(self, settings: Settings) -> Path:
        return settings.home / self.name

    def destination(self, settings: Settings) -> str:
        """A project holds everything once; another project is another mirror."""
        return f"{self.name}/{settings.wandb_project}"

    def environ(self, settings: Settings) -> dict[str, str]:
        """Nothing outside its own folder is read or written."""
        own = self.folder(settings)
        passed = {name: settings.environ[name] for name in PASSED_ON if name in settings.environ}
        return passed | (_wandb(settings.home, own) if self is WANDB else _trackio(own))


def _wandb(home: Path, own: Path) -> dict[str, str]:
    folders = {f"WANDB_{name.upper()}_DIR": str(own / name) for name in ("data", "cache", "config")}
    return folders | {"WANDB_DIR": str(home), "WANDB_ERROR_REPORTING": "false", "NETRC": str(own / "netrc")}


def _trackio(own: Path) -> dict[str, str]:
    offline = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "GRADIO_ANALYTICS_ENABLED": "False"}
    return offline | {"TRACKIO_DIR": str(own), "HF_HOME": str(own / "hub")}


WANDB = Backend("wandb", "W&B", "wandb_writer.py", whole=False)
TRACKIO = Backend("trackio", "trackio", "trackio_writer.py", whole=True)


def backend(name: str) -> Backend:
    """By name. Raises SyncError, which lists those there are."""
    known = {one.name: one for one in (WANDB, TRACKIO)}
    if name not in known:
        raise SyncError(f"nothing is mirrored to {name!r}; there are {', '.join(known)}")
    return known[name]
