"""Mirror experiments to Weights & Biases or trackio: which ones, what is new of each, and remembering what went.

One run an experiment, under the experiment's own id. What is new is written to the backend's folder under `home`, then
entered in the store's ledger, then (W&B) uploaded where a key is there; a folder that did not arrive is tried again by the
next sync. One sync to a backend runs at a time, over all processes.
"""

from __future__ import annotations

import asyncio
import shlex
import shutil
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import SyncError
from workbench.settings import Settings
from workbench.store import Store
from workbench.store import mirror as ledger
from workbench.store.observations import KIND
from workbench.store.runs import specs_of

from .backends import TRACKIO, WANDB, Backend, backend
from .experiment_mirror import Sent, after
from .experiment_mirror import body as live_body
from .experiment_report import document, load
from .mirror import Material, Parcel, Row, Window, battles, pack, title
from .wandb_process import Writer, is_uploaded, online, server, upload

LOCK_WAIT_S = 300.0
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Synced:
    """What one sync did for one experiment."""

    experiment: str
    name: str
    battles: int = 0
    runs: int = 0
    votes: int = 0
    """Counts of what is new in the mirror."""
    cases: int = 0
    """Cases of a live experiment that are new in the mirror."""
    held: int = 0
    """Battles not mirrored yet: blind and not voted on, or still being answered."""
    folder: Path | None = None
    """Where it was written; None when nothing was new."""
    waiting: tuple[Path, ...] = ()
    """Folders of this experiment that were not uploaded."""
    url: str = ""
    """The run's page, where it was uploaded now."""
    note: str = ""
    """What went otherwise than asked: a server that did not answer."""

    def as_json(self) -> dict[str, Any]:
        paths = {"folder": self.folder and str(self.folder), "waiting": [str(path) for path in self.waiting]}
        return {**asdict(self), **paths, "text": self.text}

    @property
    def text(self) -> str:
        """One line for people."""
        counts = f"{_count(self.battles, 'battle')}, {_count(self.runs, 'answer')}, {_count(self.votes, 'vote')}"
        if self.cases:
            counts = f"{_count(self.cases, 'case')}, {_count(self.runs, 'answer')}"
        said = [counts if self.folder else "nothing new"]
        if self.url:
            said.append(f"uploaded to {self.url}")
        if self.note:
            said.append(self.note)
        if self.waiting:
            said.append(f"offline in {self.waiting[-1]} (upload: wandb sync {shlex.join(map(str, self.waiting))})")
        if self.folder and self.folder.name == TRACKIO.name:
            said.append(f"in {self.folder} (look: TRACKIO_DIR={shlex.quote(str(self.folder))} trackio show)")
        if self.held:
            said.append(f"{_count(self.held, 'battle')} held back until voted on or answered")
        return f"{self.name}: " + "; ".join(said)


def told(done: Sequence[Synced]) -> str:
    """A whole sync for people: a line an experiment; those that only wait to be sent share one."""
    idle = [s for s in done if s.waiting and not (s.folder or s.url or s.note or s.held)]
    if len(idle) < 2:
        idle = []
    lines = [s.text for s in done if s not in idle]
    if idle:
        lines.append(
            f"{len(idle)} experiments: nothing new, not sent yet; wandb sync FOLDER sends one of those in {idle[-1].waiting[-1].parent}"
        )
    return "\n".join(lines) or "Nothing new: all that may be mirrored was mirrored before."


async def sync(
    store: Store,
    settings: Settings,
    *,
    to: str = WANDB.name,
    experiment: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    report: Report = lambda _: None,
) -> list[Synced]:
    """Mirror one experiment (by its id or a comparison's) or all, battles begun in [since, until) only.

    Returns one value an experiment that had something new or waiting, and one in any case for an experiment that was
    named. Raises SyncError; what was written until then is remembered.
    """
    target = backend(to)
    async with alone(target.folder(settings), report):
        found = await ledger.experiments(store, experiment)
        if experiment is not None and not found:
            raise SyncError(
                f"no experiment or comparison {experiment!r} has answers: the table `experiments` lists them (workbench query)"
            )
        window = Window(datetime.now(UTC), since, until)
        done = await _write_all(store, settings, target, found, window, report)
        if target is WANDB:
            done = await _upload_waiting(store, settings, done, report)
    return [s for s in done if s.folder or s.waiting or s.url or experiment is not None]


async def _write_all(
    store: Store, settings: Settings, to: Backend, found: Sequence[Row], window: Window, report: Report
) -> list[Synced]:
    writer, done = Writer(settings, to), []
    try:
        for row in found:
            synced, parcel = await _prepared(store, row, to, to.destination(settings), window)
            if parcel is not None:
                report(f"{synced.name}: writing {_count(len(parcel.runs), 'answer')}")
                synced = await _write(store, settings, writer, to, parcel, synced)
            done.append(synced)
    finally:
        await writer.close()
    return done


async def _prepared(
    store: Store, row: Row, to: Backend, destination: str, window: Window
) -> tuple[Synced, Parcel | None]:
    """What is new of an experiment, and what is held back of it."""
    if row["kind"] == KIND:
        return await _live(store, row, to, destination, window)
    material = await _material(store, row, destination)
    parcel = await asyncio.to_thread(pack, material, window)
    synced = Synced(row["id"], title(material), held=await _held(store, material, parcel))
    if parcel is not None and to.whole:
        whole = await asyncio.to_thread(pack, await _material(store, row, ""), Window(window.now))
        assert whole is not None
        parcel = replace(parcel, body=whole.body)
    return synced, parcel


async def _live(store: Store, row: Row, to: Backend, destination: str, window: Window) -> tuple[Synced, Parcel | None]:
    """An experiment that assigns strategies to cases: whole cases that no parcel held before."""
    sent = Sent.latest(await ledger.marks(store, row["id"], destination))
    material = await load(store, row["id"])
    made = await asyncio.to_thread(document, material)
    synced = Synced(row["id"], made["name"])
    if made["answered"] <= sent.answered or not window.holds(row["created_at"]):
        return synced, None
    body = live_body(made, material.seen, material.specs, Sent() if to.whole else sent)
    runs = tuple(seen["run_id"] for seen in material.seen if sent.answered <= seen["n"] < made["answered"])
    return synced, Parcel(body, (), runs, (), after(made, sent, body).mark(row["id"]), made["answered"] - sent.answered)


async def _write(
    store: Store, settings: Settings, writer: Writer, to: Backend, parcel: Parcel, synced: Synced
) -> Synced:
    """Folder first, ledger second: what the ledger does not know after a crash was not sent. It is removed here, or written anew
    in the place of what was written."""
    run, destination = parcel.body["id"], to.destination(settings)
    if not to.whole:
        await clear_strays(store, settings, run)
    folder = await writer.write(parcel.body)
    went = {"run": parcel.runs, "vote": parcel.votes, "battle": parcel.battles}
    if parcel.mark:
        went["observed"] = (parcel.mark,)
    try:
        await ledger.remember(store, destination, run, went, folder.name, datetime.now(UTC))
    except BaseException:
        if not to.whole:
            await asyncio.to_thread(shutil.rmtree, folder)
        raise
    new = replace(synced, battles=len(parcel.battles), runs=len(parcel.runs), votes=len(parcel.votes))
    return replace(new, folder=folder, cases=parcel.cases)


async def _upload_waiting(store: Store, settings: Settings, done: Sequence[Synced], report: Report) -> list[Synced]:
    """Upload the folders of these experiments that are still here and not uploaded."""
    waiting = await _waiting(store, settings)
    folders = [path for s in done for path in waiting.get(s.experiment, ())]
    if not folders or not online(settings):
        return [replace(s, waiting=tuple(waiting.get(s.experiment, ()))) for s in done]
    report(f"uploading {_count(len(folders), 'folder')} to {server(settings)}")
    result = await upload(settings, folders)
    if result.problem:
        report(f"{server(settings)} did not take everything: {result.problem}")
    return [_after_upload(s, waiting.get(s.experiment, ()), result.urls, result.problem, settings) for s in done]


def _after_upload(
    synced: Synced, tried: Sequence[Path], urls: Mapping[str, str], problem: str, settings: Settings
) -> Synced:
    left = tuple(path for path in tried if not is_uploaded(path))
    if left:
        why = f"{server(settings)} did not take it ({problem}), so it stays offline and the next sync tries again"
        return replace(synced, waiting=left, note=why)
    return replace(synced, url=urls.get(synced.experiment, server(settings))) if tried else synced


async def _waiting(store: Store, settings: Settings) -> dict[str, list[Path]]:
    """Folders by experiment; one that is gone was taken elsewhere by its owner."""
    found: dict[str, list[Path]] = {}
    for name, run in await ledger.folders(store, WANDB.destination(settings)):
        path = settings.home / "wandb" / name
        if path.is_dir() and not is_uploaded(path):
            found.setdefault(run, []).append(path)
    return found


async def clear_strays(store: Store, settings: Settings, run: str) -> None:
    """Remove folders of this run which a crash kept out of the ledger: their rows are about to be written again."""
    known = {name for name, _ in await ledger.folders(store, WANDB.destination(settings))}
    for path in (settings.home / "wandb").glob(f"offline-run-*-{run}"):
        if path.name not in known:
            await asyncio.to_thread(shutil.rmtree, path)


async def _material(store: Store, row: Row, destination: str) -> Material:
    return Material(
        row,
        await specs_of(store, row["specs"]),
        await ledger.runs(store, row["id"], destination),
        await ledger.votes(store, row["id"], destination),
    )


async def _held(store: Store, material: Material, parcel: Parcel | None) -> int:
    going = set(parcel.battles) if parcel else set()
    unanswered = sum(not b.sent_at and b.id not in going and not b.answered for b in battles(material))
    return unanswered + await ledger.sealed(store, material.experiment["id"])


@asynccontextmanager
async def alone(folder: Path, report: Report) -> AsyncGenerator[None]:
    """One sync at a time. The lock falls with its process, however that ends."""
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        lock = ledger.alone(folder)
        for attempt in range(round(LOCK_WAIT_S / 0.1)):
            if lock:
                break
            if not attempt:
                report("another sync is under way: waiting for it")
            await asyncio.sleep(0.1)
            lock = ledger.alone(folder)
    except OSError as error:
        raise SyncError(f"cannot write in {folder}: {error.strerror}. Free it, or set WORKBENCH_HOME") from None
    if lock is None:
        raise SyncError(f"another sync has been under way for {LOCK_WAIT_S:.0f} s: wait for it or stop it")
    try:
        yield
    finally:
        lock.release()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
