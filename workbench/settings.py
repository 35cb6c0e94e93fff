"""What the environment says, read once in `cli.py` and passed down. Nothing else reads `os.environ`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from .errors import BadInput

PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """A file or folder of `data/`: inside the installed package, or beside it in a clone."""
    inside = PACKAGE / "data" / name
    return inside if inside.exists() else PACKAGE.parent / "data" / name


@dataclass(frozen=True, slots=True)
class Settings:
    home: Path
    """All files of one user: the database, journals, models.toml, W&B runs."""
    cache: Path
    """What can be fetched again: weights of local models."""
    host: str = "127.0.0.1"
    port: int = 7860
    allowed_hosts: tuple[str, ...] = ()
    """Names, besides loopback, under which the app may be addressed (a Space's host name)."""
    frame_ancestors: tuple[str, ...] = ()
    """Pages that may show the app in a frame."""
    threads: int = 0
    """Threads of each local model; 0 lets the machine decide."""
    wandb_project: str = "routing-workbench"
    embedder: str = ""
    """Folder or name of the sentence-transformers model that prompts are embedded with; empty for the MiniLM within."""
    vectors: str = ""
    """Where vectors that prompts are compared with are kept: memory, or as `workbench.vectors.FORMS` says."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The whole environment, for keys named in the catalog. Never printed."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        home = environ.get("WORKBENCH_HOME") or platformdirs.user_data_dir("routing-workbench", appauthor=False)
        cache = environ.get("WORKBENCH_CACHE") or platformdirs.user_cache_dir("routing-workbench", appauthor=False)
        return cls(
            home=Path(home).expanduser().absolute(),
            cache=Path(cache).expanduser().absolute(),
            host=environ.get("WORKBENCH_HOST") or ("0.0.0.0" if environ.get("SPACE_ID") else "127.0.0.1"),  # noqa: S104 - a Space is reached from outside its container
            port=_integer(environ, "PORT", 7860, 0, 65535),
            allowed_hosts=_list(environ.get("WORKBENCH_ALLOWED_HOSTS") or environ.get("SPACE_HOST", "")),
            frame_ancestors=_list(environ.get("WORKBENCH_FRAME_ANCESTORS", "")),
            threads=_integer(environ, "WORKBENCH_THREADS", 0, 0, 1024),
            wandb_project=environ.get("WANDB_PROJECT") or "routing-workbench",
            embedder=environ.get("WORKBENCH_EMBEDDER", ""),
            vectors=environ.get("WORKBENCH_VECTORS", ""),
            environ=dict(environ),
        )

    @property
    def database(self) -> Path:
        return self.home / "workbench.duckdb"

    @property
    def vectors_key(self) -> str | None:
        """The secret of the service that keeps vectors: QDRANT_API_KEY or PINECONE_API_KEY."""
        return self.environ.get(f"{self.vectors.partition(':')[0].upper()}_API_KEY")

    @property
    def weights(self) -> Path:
        """Folder of the local models' files."""
        return self.cache / "weights"


def _integer(environ: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not low <= int(text) <= high:
        raise BadInput(f"{name} must be a whole number from {low} to {high}, not {text!r}")
    return int(text)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
