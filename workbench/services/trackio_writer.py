"""The process that writes trackio runs to a folder; run by path, it imports nothing of ours and reaches no network.

A parcel (JSON, one line) in, the folder of its project (JSON, one line) out, until its input ends. trackio knows no
define_metric, no summary and no tags: the summary is one more row, and tags stand in the config. A parcel holds its run whole: it is written
beside the run of that name that was there, which then goes, so that writing twice leaves one.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, TextIO


def main(home: Path) -> None:
    answers = _own_stdout()
    for line in sys.stdin:
        write(json.loads(line))
        print(json.dumps({"folder": str(home / "trackio")}), file=answers, flush=True)


def write(parcel: dict[str, Any]) -> None:
    """Write one parcel as a run of its project."""
    trackio: Any = importlib.import_module("trackio")
    project, name = parcel["project"], f"{parcel['name']} {parcel['id'][:8]}"
    before = [r["id"] for r in trackio.SQLiteStorage.get_run_records(project) if r["name"] == name]
    about = {"notes": parcel["notes"], "tags": parcel["tags"], "id": parcel["id"]}
    run = trackio.init(
        project,
        name=name,
        group=parcel.get("group") or None,
        config=parcel["config"] | {"about": about},
        resume="never",
        embed=False,
        auto_log_cpu=False,
        auto_log_gpu=False,
    )
    last = 0
    for last, step in enumerate(parcel["steps"], 1):
        tables = {k: trackio.Table(columns=t["columns"], data=t["data"]) for k, t in step["tables"].items()}
        run.log(step["row"] | tables, step=last - 1)
    run.log({f"summary/{key}": value for key, value in parcel["summary"].items()}, step=last)
    for artifact in parcel.get("artifacts", ()):
        _keep(trackio, run, artifact)
    trackio.finish()
    for old in before:
        trackio.SQLiteStorage.delete_run(project, name, run_id=old)


def _keep(trackio: Any, run: Any, artifact: dict[str, Any]) -> None:
    made = trackio.Artifact(artifact["name"], type=artifact["type"], metadata=artifact["metadata"])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / artifact["file"]
        path.write_text(artifact["text"], encoding="utf-8")
        made.add_file(str(path), name=artifact["file"])
        run.log_artifact(made)


def _own_stdout() -> TextIO:
    """Standard output for answers alone; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


if __name__ == "__main__":
    main(Path(sys.argv[1]))
