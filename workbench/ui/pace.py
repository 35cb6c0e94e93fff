"""How fast blind columns may be read: all at the same place, never faster than so far.

While a column is still being answered, all columns show the same number of characters, and that number grows no
faster than it has on average: a slow model that ends first does not give itself away by a jump of the others. Once
every answer is there, the rest appears at one fixed speed. What stays visible: how long each answer is, when the
last of them was complete, and, where an answer broke off and another model began it anew, that its words changed.
"""

from __future__ import annotations

from collections.abc import Sequence

START_CHARS_PER_S = 400.0
END_CHARS_PER_S = 1500.0
WARM_UP_S = 0.5


class Pace:
    def __init__(self) -> None:
        self.shown = 0.0
        self._begun: float | None = None
        self._last = 0.0

    def advance(self, now: float, columns: Sequence[tuple[int, bool]]) -> int:
        """Characters that every column may show at `now` (seconds, any origin).

        `columns`: for each, how many characters there are so far, and whether that is all.
        """
        unended = [length for length, ended in columns if not ended]
        if self._begun is None:
            if any(length == 0 for length in unended):
                return 0
            self._begun = self._last = now
        room = float(min(unended) if unended else max((length for length, _ in columns), default=0))
        self.shown = max(self.shown, min(room, self.shown + self._speed(now, bool(unended)) * (now - self._last)))
        self._last = now
        return int(self.shown)

    def _speed(self, now: float, unended: bool) -> float:
        elapsed = now - (self._begun or 0.0)
        if not unended:
            return END_CHARS_PER_S
        return START_CHARS_PER_S if elapsed < WARM_UP_S else self.shown / max(elapsed - (now - self._last), 1e-3)
