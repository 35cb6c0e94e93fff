"""A progress bar on stderr: redrawn in place at a terminal, a line now and then in a log."""

from __future__ import annotations

from typing import TextIO

from workbench.weights import Progress

WIDTH = 28
STEP = 10
"""Per cent between two lines of a log."""


class Bar:
    def __init__(self, out: TextIO) -> None:
        self._out, self._live = out, out.isatty()
        self._told = (-1, "")

    def __call__(self, progress: Progress) -> None:
        percent = int(100 * progress.done / max(1, progress.total))
        if self._live:
            end = "\n" if progress.done >= progress.total else ""
            self._out.write(f"\r{line(progress)}\033[K{end}")
        elif (percent // STEP, progress.model) != self._told:
            self._told = (percent // STEP, progress.model)
            self._out.write(f"{line(progress)}\n")
        self._out.flush()


def line(progress: Progress) -> str:
    share = progress.done / max(1, progress.total)
    filled = int(WIDTH * share)
    left_s = (progress.total - progress.done) / progress.rate if progress.rate else 0.0
    return (
        f"{progress.model}  [{'#' * filled}{'.' * (WIDTH - filled)}] {share:4.0%}  "
        f"{progress.done / 1e6:,.0f} of {progress.total / 1e6:,.0f} MB  {progress.rate / 1e6:.1f} MB/s  "
        f"{int(left_s) // 60}:{int(left_s) % 60:02} left"
    )
