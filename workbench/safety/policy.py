"""Safety policies: what to do about each category before a prompt is asked, and after, while it is answered.

`allow` does nothing. `redact` puts a placeholder in its place. `local` leaves it, and lets only models of this machine answer.
`refuse` ends the run with a reason: a prompt before anything is asked, an answer before the words reach the reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import BadInput
from workbench.policy import Policies, only_keys

from .finding import CATEGORIES, JUDGED, SECRETS

BEFORE = ("allow", "redact", "local", "refuse")
AFTER = ("allow", "redact", "refuse")
TOPICS = {
    "key": "a password or key",
    "iban": "a bank account number",
    "card": "a card number",
    "ssn": "a social security number",
    "email": "a mail address",
    "phone": "a phone number",
    "name": "a person's name",
    "injection": "instructions that are not for a model to follow or give away",
    "violence": "hurting people",
    "self_harm": "harming oneself",
    "hate": "contempt of people for what they are",
    "sexual": "sex",
    "crime": "committing a crime",
    "cyber": "attacking computers or accounts",
}
HELP = "If this is about you, please talk to somebody now: findahelpline.com lists free and confidential help"


@dataclass(frozen=True, slots=True)
class Policy:
    name: str
    title: str
    before: Mapping[str, str]
    """Action by category, for every category."""
    after: Mapping[str, str]
    reasons: Mapping[str, str]
    thresholds: Mapping[str, float]
    """Probability from which a judged category counts, where the policy sets its own."""

    def reason(self, category: str) -> str:
        """Why a text is refused, in words for the one who wrote it or waits for it."""
        if category in self.reasons:
            return self.reasons[category]
        verb = "holds what looks like" if category in SECRETS else "seems to be about"
        return f"it {verb} {TOPICS[category]}" + (f". {HELP}" if category == "self_harm" else "")


def _policy(name: str, table: Mapping[str, Any]) -> Policy:
    where = f"{name}.toml"
    only_keys(where, table, {"title": str, "before": dict, "after": dict, "reasons": dict, "thresholds": dict})
    reasons, thresholds = table.get("reasons", {}), table.get("thresholds", {})
    only_keys(f"{where} [reasons]", reasons, dict.fromkeys(CATEGORIES, str))
    only_keys(f"{where} [thresholds]", thresholds, dict.fromkeys(JUDGED, (int, float)))
    for category, value in thresholds.items():
        if isinstance(value, bool) or not 0 <= value <= 1:
            raise BadInput(f"{where} [thresholds]: {category} must be a probability from 0 to 1, not {value!r}")
    return Policy(
        name,
        table.get("title", name),
        _actions(f"{where} [before]", table.get("before", {}), BEFORE),
        _actions(f"{where} [after]", table.get("after", {}), AFTER),
        reasons,
        thresholds,
    )


def _actions(where: str, given: Mapping[str, Any], known: tuple[str, ...]) -> Mapping[str, str]:
    """An action for every category: one that is left out is a mistake, not an `allow`."""
    only_keys(where, given, dict.fromkeys(CATEGORIES, str))
    if missing := [category for category in CATEGORIES if category not in given]:
        raise BadInput(f"{where} says nothing of {', '.join(missing)}: give each one of {', '.join(known)}")
    for category, action in given.items():
        allowed = known if category in SECRETS else tuple(a for a in known if a != "redact")
        if action not in allowed:
            raise BadInput(f"{where}: {category} must be one of {', '.join(allowed)}, not {action!r}")
    return given


POLICIES: Policies[Policy] = Policies("policies", _policy)
