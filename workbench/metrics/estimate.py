"""An estimate with its interval: no report shows a bare mean."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    value: float
    low: float
    high: float
    """Ends of an interval, 95 % unless the function that made it says otherwise; in the unit of `value`."""

    def as_json(self) -> dict[str, float]:
        return {"value": self.value, "low": self.low, "high": self.high}
