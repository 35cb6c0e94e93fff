"""The process that writes W&B runs to folders; run by path, it imports nothing of ours and gets no key.

A parcel (JSON, one line) in, the folder it was written to (JSON, one line) out, until its input ends. A process of
its own because `wandb.init` starts a service, takes exit hooks and reads the environment: none of that in the app.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, TextIO


def main(home: Path) -> None:
    answers = _own_stdout()
    for line in sys.stdin:
        folder = write(json.loads(line), home)
        print(json.dumps({"folder": str(folder)}), file=answers, flush=True)


def write(parcel: dict[str, Any], home: Path) -> Path:
    """Write one parcel as an offline run under `home`/wandb and return its folder."""
    import wandb

    _wait_for_a_new_second(home / "wandb")
    run = wandb.init(
        id=parcel["id"],
        project=parcel["project"],
        name=parcel["name"],
        notes=parcel["notes"] or None,
        tags=parcel["tags"],
        group=parcel.get("group") or None,
        config=parcel["config"],
        resume="allow" if parcel["resumed"] else None,
        settings=_settings(wandb, home),
    )
    for axis, plots in parcel["plots"].items():
        run.define_metric(axis)
        for plot in plots:
            run.define_metric(plot, step_metric=axis)
    for number, step in enumerate(parcel["steps"], parcel["first_step"]):
        tables = {k: wandb.Table(columns=t["columns"], data=t["data"]) for k, t in step["tables"].items()}
        run.log(step["row"] | tables, step=number)
    run.summary.update(parcel["summary"])
    for artifact in parcel.get("artifacts", ()):
        made = wandb.Artifact(artifact["name"], type=artifact["type"], metadata=artifact["metadata"])
        with made.new_file(artifact["file"], encoding="utf-8") as file:
            file.write(artifact["text"])
        run.log_artifact(made)
    folder = Path(run.settings.sync_dir)
    run.finish()
    return folder


def _settings(wandb: Any, home: Path) -> Any:
    """No console, no machine statistics, no code, no git: what was measured and nothing of this machine."""
    return wandb.Settings(
        mode="offline",
        root_dir=str(home),
        console="off",
        silent=True,
        save_code=False,
        disable_code=True,
        disable_git=True,
        disable_job_creation=True,
        x_disable_stats=True,
        x_disable_meta=True,
        x_disable_machine_info=True,
        x_save_requirements=False,
    )


def _own_stdout() -> TextIO:
    """Standard output for answers alone; what libraries print goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _wait_for_a_new_second(folder: Path) -> None:
    """W&B names a folder by the second: two parcels of one run in the same one would share it."""
    folder.mkdir(parents=True, exist_ok=True)
    while any(folder.glob(f"offline-run-{time.strftime('%Y%m%d_%H%M%S')}-*")):
        time.sleep(0.05)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
