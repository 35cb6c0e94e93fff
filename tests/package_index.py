"""A package index and model hub on loopback: Range requests, JSON or HTML pages, and faults on demand."""

from __future__ import annotations

import hashlib
import html
import io
import json
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class PackageIndex:
    """What the server holds and how it misbehaves. `requests` records (method, path, Range header)."""

    projects: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Project -> file name -> content."""
    hub: dict[str, bytes] = field(default_factory=dict)
    """Path below / -> content."""
    speaks_json: bool = True
    ranges: bool = True
    cut_after: list[int] = field(default_factory=list)
    """The next downloads break off after so many bytes."""
    statuses: list[int] = field(default_factory=list)
    """The next downloads answer with these."""
    hashes: dict[str, str] = field(default_factory=dict)
    """Hashes told instead of the true ones."""
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    url: str = ""

    @property
    def environ(self) -> dict[str, str]:
        """Settings that make a pull use this server and nothing else."""
        return {"PIP_INDEX_URL": f"{self.url}/simple", "HF_ENDPOINT": self.url, "PIP_CONFIG_FILE": "/dev/null"}

    def downloads(self) -> list[tuple[str, str]]:
        """File name and Range of each download, in order."""
        return [
            (path.rsplit("/", 1)[-1], asked)
            for method, path, asked in self.requests
            if method == "GET" and not path.startswith("/simple")
        ]

    def page(self, project: str) -> tuple[str, bytes]:
        files = [(name, self._hash(name, body)) for name, body in self.projects[project].items()]
        if self.speaks_json:
            listed = [{"filename": n, "url": f"../../files/{n}", "hashes": {"sha256": h}} for n, h in files]
            return "application/vnd.pypi.simple.v1+json", json.dumps({"files": listed}).encode()
        links = "".join(f'<a href="../../files/{html.escape(n)}#sha256={h}">{n}</a>' for n, h in files)
        return "text/html", f"<!doctype html><body>{links}".encode()

    def file(self, path: str) -> bytes | None:
        if path in self.hub:
            return self.hub[path]
        name = path.rsplit("/", 1)[-1]
        return next((files[name] for files in self.projects.values() if name in files), None)

    def _hash(self, name: str, body: bytes) -> str:
        return self.hashes.get(name) or hashlib.sha256(body).hexdigest()


@contextmanager
def serving(index: PackageIndex) -> Iterator[PackageIndex]:
    server = _Server(index)
    index.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def wheel(members: Mapping[str, bytes]) -> bytes:
    """A wheel with these members and the metadata a real one has."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in {**members, "pkg-1.dist-info/METADATA": b"Name: pkg", "pkg/__init__.py": b"1 / 0"}.items():
            archive.writestr(name, body)
    return packed.getvalue()


class _Server(ThreadingHTTPServer):
    def __init__(self, index: PackageIndex) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.index = index


class _Handler(BaseHTTPRequestHandler):
    @property
    def index(self) -> PackageIndex:
        assert isinstance(self.server, _Server)
        return self.server.index

    def do_HEAD(self) -> None:
        self.index.requests.append(("HEAD", self.path, ""))
        body = self.index.hub.get(self.path.lstrip("/"))
        self.send_response(404 if body is None else 302)
        if body is not None:
            self.send_header("X-Linked-Etag", f'"{hashlib.sha256(body).hexdigest()}"')
        self.end_headers()

    def do_GET(self) -> None:
        self.index.requests.append(("GET", self.path, self.headers.get("Range", "")))
        if self.path.startswith("/simple/"):
            self._page(self.path.removeprefix("/simple/").strip("/"))
        else:
            self._file(self.index.file(self.path.lstrip("/")))

    def _page(self, project: str) -> None:
        if project not in self.index.projects:
            self._send(404, {}, b"")
            return
        kind, body = self.index.page(project)
        self._send(200, {"Content-Type": kind}, body)

    def _file(self, body: bytes | None) -> None:
        if self.index.statuses:
            self._send(self.index.statuses.pop(0), {}, b"")
        elif body is None:
            self._send(404, {}, b"")
        elif not self.index.ranges or not self.headers.get("Range"):
            self._send(200, {}, body)
        else:
            self._range(body, int(self.headers["Range"].removeprefix("bytes=").rstrip("-")))

    def _range(self, body: bytes, start: int) -> None:
        if start >= len(body):
            self._send(416, {"Content-Range": f"bytes */{len(body)}"}, b"")
            return
        told = f"bytes {start}-{len(body) - 1}/{len(body)}"
        self._send(206, {"Content-Range": told}, body[start:])

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        is_page = self.path.startswith("/simple/")
        self.wfile.write(
            body if is_page or not self.index.cut_after or not body else body[: self.index.cut_after.pop(0)]
        )
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None: ...
