"""Stands in for a W&B server on loopback: enough for `wandb sync` to create, resume and fill runs, tables included."""

from __future__ import annotations

import base64
import gzip
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

KEY = "0123456789abcdef" * 2 + "01234567"


@dataclass
class Kept:
    """One run as the server holds it."""

    name: str
    history: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By line of the file, as sent."""
    summary: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)


@dataclass
class Server:
    url: str = ""
    runs: dict[str, Kept] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    artifacts: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: bool = False
    """Every request is answered with 401."""
    broken: bool = False
    """Runs can be made; their history is answered with 500."""
    keys: set[str] = field(default_factory=set)

    def rows(self, run: str, table: str) -> list[list[Any]]:
        """All rows of a table over the run's history."""
        media = [step[table] for _, step in sorted(self.runs[run].history.items()) if table in step]
        return [row for m in media for row in json.loads(self.files[f"run/{run}/{m['path']}"])["data"]]

    def answer(self, operation: str, v: dict[str, Any]) -> dict[str, Any] | None:
        plain: dict[str, dict[str, Any]] = {
            "ServerFeaturesQuery": {"serverInfo": {"features": []}},
            "MarkRunFilesUploaded": {"markRunFilesUploaded": {"success": True}},
            "UpdateArtifact": {"updateArtifact": {"artifact": {"id": "unread"}}},
        }
        if operation in plain:
            return plain[operation]
        method = getattr(self, "on_" + operation, None)
        return method(v) if method else None

    def on_UpsertBucket(self, v: dict[str, Any]) -> dict[str, Any]:
        name = v.get("name") or base64.b64decode(v["id"]).decode().removeprefix("Run:")
        new = name not in self.runs
        run = self.runs.setdefault(name, Kept(v.get("displayName") or name))
        if v.get("config"):
            run.config = json.loads(v["config"])
        if v.get("summaryMetrics"):
            run.summary = json.loads(v["summaryMetrics"])
        project = {"id": "P", "name": v.get("project") or "none", "entity": {"id": "E", "name": "team"}}
        return {"upsertBucket": {"bucket": self._bucket(name) | {"project": project}, "inserted": new}}

    def on_RunResumeStatus(self, v: dict[str, Any]) -> dict[str, Any]:
        bucket = self._bucket(v["name"]) if v["name"] in self.runs else None
        return {"model": {"id": "P", "name": v["project"], "entity": {"id": "E", "name": "team"}, "bucket": bucket}}

    def on_CreateRunFiles(self, v: dict[str, Any]) -> dict[str, Any]:
        files = [{"name": f, "uploadUrl": f"{self.url}/put/run/{v['run']}/{f}"} for f in v["files"]]
        return {"createRunFiles": {"runID": _id(v["run"]), "uploadHeaders": [], "files": files}}

    def on_CreateArtifact(self, v: dict[str, Any]) -> dict[str, Any]:
        key = f"A{len(self.artifacts)}"
        self.artifacts[key] = {"name": v["input"]["artifactCollectionName"], "committed": False}
        sequence = {"id": "S", "latestArtifact": None}
        return {"createArtifact": {"artifact": {"id": key, "state": "PENDING", "artifactSequence": sequence}}}

    def on_CreateArtifactManifest(self, v: dict[str, Any]) -> dict[str, Any]:
        return {"createArtifactManifest": {"artifactManifest": self._manifest("M" + v["artifactID"])}}

    def on_UpdateArtifactManifest(self, v: dict[str, Any]) -> dict[str, Any]:
        return {"updateArtifactManifest": {"artifactManifest": self._manifest(v["artifactManifestID"])}}

    def on_CreateArtifactFiles(self, v: dict[str, Any]) -> dict[str, Any]:
        nodes = [
            {
                "storagePath": f["name"],
                "uploadUrl": f"{self.url}/put/artifact/{f['artifactID']}/{f['name']}",
                "uploadHeaders": [],
                "uploadMultipartUrls": None,
                "artifact": {"id": f["artifactID"]},
            }
            for f in v["input"]["artifactFiles"]
        ]
        return {"createArtifactFiles": {"files": {"edges": [{"node": node} for node in nodes]}}}

    def on_CommitArtifact(self, v: dict[str, Any]) -> dict[str, Any]:
        self.artifacts[v["artifactID"]]["committed"] = True
        return {"commitArtifact": {"artifact": {"id": v["artifactID"], "digest": "unread"}}}

    def take(self, run: str, stream: dict[str, Any]) -> None:
        """Lines of the run's files, each file's from its offset on."""
        for name, part in (stream.get("files") or {}).items():
            lines = [json.loads(line) for line in part["content"]] if name.endswith(("jsonl", "json")) else []
            if name == "wandb-history.jsonl":
                self.runs[run].history |= dict(enumerate(lines, part["offset"]))
            elif name == "wandb-summary.json" and lines:
                self.runs[run].summary = lines[-1]

    def _bucket(self, name: str) -> dict[str, Any]:
        run = self.runs[name]
        last = [json.dumps(row) for _, row in sorted(run.history.items())[-1:]]
        return {
            "id": _id(name),
            "name": name,
            "displayName": run.name,
            "config": json.dumps(run.config),
            "summaryMetrics": json.dumps(run.summary),
            "historyLineCount": len(run.history),
            "historyTail": json.dumps(last),
            "eventsLineCount": 0,
            "eventsTail": "[]",
            "logLineCount": 0,
            "tags": [],
            "wandbConfig": '{"t": 1}',
            "sweepName": None,
        }

    def _manifest(self, key: str) -> dict[str, Any]:
        return {"id": key, "file": {"id": key, "uploadUrl": f"{self.url}/put/manifest/{key}", "uploadHeaders": []}}


@contextmanager
def serve() -> Iterator[Server]:
    """A running server on a free port."""
    server = Server()
    inside = uvicorn.Server(uvicorn.Config(_app(server), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=inside.run)
    thread.start()
    try:
        while not inside.started:
            thread.join(0.01)
            assert thread.is_alive()
        port = inside.servers[0].sockets[0].getsockname()[1]
        server.url = f"http://127.0.0.1:{port}"
        yield server
    finally:
        inside.should_exit = True
        thread.join()


def _app(server: Server) -> FastAPI:
    app = FastAPI()

    @app.post("/graphql")
    async def graphql(request: Request) -> Response:
        if server.refused:
            return Response('{"errors": [{"message": "invalid api key"}]}', 401)
        server.keys.add(_key(request))
        asked = json.loads(await _body(request))
        operation = re.search(r"(?:query|mutation)\s+(\w+)", asked["query"])
        data = server.answer(operation[1] if operation else "", asked.get("variables") or {})
        said = {"data": data} if data is not None else {"errors": [{"message": f"unknown: {asked['query'][:60]}"}]}
        return Response(json.dumps(said), media_type="application/json")

    @app.post("/files/{entity}/{project}/{run}/file_stream")
    async def stream(run: str, request: Request) -> Response:
        if server.broken:
            return Response("{}", 500)
        server.take(run, json.loads(await _body(request)))
        return Response('{"limits": {}}', media_type="application/json")

    @app.put("/put/{name:path}")
    async def put(name: str, request: Request) -> Response:
        server.files[name] = await request.body()
        return Response("{}")

    return app


async def _body(request: Request) -> bytes:
    body = await request.body()
    return gzip.decompress(body) if request.headers.get("content-encoding") == "gzip" else body


def _key(request: Request) -> str:
    _, _, word = request.headers.get("authorization", "").partition(" ")
    return base64.b64decode(word).decode().partition(":")[2]


def _id(run: str) -> str:
    return base64.b64encode(f"Run:{run}".encode()).decode()
