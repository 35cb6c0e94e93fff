"""Where everything is kept: journals first, one DuckDB file as their index."""

from .record import Row
from .store import Store, open_store

__all__ = ["Row", "Store", "open_store"]
