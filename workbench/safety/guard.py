"""A policy at work on one conversation: the prompt before it is asked, the answer while it streams, and what may be kept.

It holds the conversation's secrets in memory, for as long as a run lasts, and tells nobody of them: what it says of its
findings is their categories and numbers.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from workbench.types import Message, Part, Text, ToolCall, ToolResult

from . import names, secrets
from .classifier import THRESHOLD, load
from .finding import SECRETS, Finding, apart
from .policy import Policy
from .vault import Vault

AFTER_THRESHOLD = 0.8
"""What an answer must reach to be stopped, unless the policy says otherwise: the classifier knows prompts best."""
STRENGTH = ("allow", "redact", "local", "refuse")
"""Actions, each stronger than the one before."""
READ_ROLES = ("user", "tool")
"""Whose words are judged: what a user or a tool brings in."""
JUDGED_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, by category, and the strongest action that the policy takes for it. Holds no word of the text."""

    action: str = "allow"
    found: Mapping[str, int] = field(default_factory=dict)
    """How many of each category that is not allowed."""
    likely: Mapping[str, float] = field(default_factory=dict)
    """Probability of each judged category that counts."""
    unchecked: str = ""
    """Categories that the policy acts on and that cannot be found here, and why."""

    @property
    def why(self) -> str:
        told = [f"{count} {category}" for category, count in self.found.items()]
        told += [f"{category} {probability:.2f}" for category, probability in self.likely.items()]
        return ", ".join(told)


@dataclass(frozen=True, slots=True)
class Checked:
    messages: tuple[Message, ...]
    """With placeholders for what the policy redacts."""
    verdict: Verdict


class Guard:
    def __init__(self, policy: Policy, said: Sequence[Message]) -> None:
        """`said`: the whole conversation, in its order."""
        self.policy = policy
        self._said = tuple(said)
        self._unnumbered = tuple(text for message in said for text in _texts(message))
        """What `scrub` has to read first, so that its placeholders are those of `before`."""
        self._vault = Vault()

    def before(self) -> Checked:
        """Check the conversation. Takes some milliseconds, tens where names are looked for."""
        actions = self.policy.before
        found: Counter[str] = Counter()

        def redacted(text: str) -> str:
            findings = find(text, actions)
            found.update(f.category for f in findings)
            return self._vault.redact(text, [f for f in findings if actions[f.category] == "redact"])

        messages = tuple(rewritten(message, redacted) for message in self._said)
        brought = [text for message in messages if message.role in READ_ROLES for text in _texts(message)]
        likely = self._judged(brought, actions, THRESHOLD)
        strongest = max((actions[c] for c in (*found, *likely)), key=STRENGTH.index, default="allow")
        return Checked(messages, Verdict(strongest, dict(found), likely, unchecked(actions)))

    def after(self, text: str, context: str = "") -> tuple[str, str]:
        """A piece of an answer that may be read, and the category that forbids reading it, or "".

        `context`: what stood before it; what is found there was dealt with already.
        """
        actions, start = self.policy.after, len(context)
        findings = [f for f in find(context + text, actions) if f.end > start]
        if refused := next((f.category for f in findings if actions[f.category] == "refuse"), ""):
            return "", refused
        likely = self._judged([context + text], actions, AFTER_THRESHOLD)
        if refused := next((c for c in likely if actions[c] == "refuse"), ""):
            return "", refused
        here = [Finding(f.category, max(0, f.start - start), f.end - start) for f in findings]
        return self._vault.redact(text, here), ""

    def ends(self, text: str) -> Iterator[tuple[int, int]]:
        """Where each secret of a text begins and ends, so that none is cut in two."""
        yield from ((f.start, f.end) for f in secrets.find(text) if self.policy.after[f.category] != "allow")

    @property
    def reads_sentences(self) -> bool:
        """Whether an answer has to be read by the sentence: names and harm are seen in nothing shorter."""
        return any(action != "allow" for c, action in self.policy.after.items() if c not in SECRETS or c == "name")

    @property
    def reads_answers(self) -> bool:
        return any(action != "allow" for action in self.policy.after.values())

    def scrub(self, text: str) -> str:
        """The text as it may be kept: without any secret that the policy acts on, before or after."""
        for said in self._unnumbered:
            self._vault.redact(said, find(said, self._kept))
        self._unnumbered = ()
        return self._vault.redact(text, find(text, self._kept))

    @cached_property
    def _kept(self) -> Mapping[str, str]:
        """The stronger of both actions, for every secret."""
        return {c: max((self.policy.before[c], self.policy.after[c]), key=STRENGTH.index) for c in SECRETS}

    def _judged(self, texts: Sequence[str], actions: Mapping[str, str], threshold: float) -> dict[str, float]:
        acted = [c for c, action in actions.items() if c not in SECRETS and action != "allow"]
        if not acted:
            return {}
        scores = [_JUDGE.judge(text) for text in texts] or [dict.fromkeys(acted, 0.0)]
        worst = {c: max(score[c] for score in scores) for c in acted}
        bar = {c: self.policy.thresholds.get(c, threshold) for c in acted}
        return {c: round(worst[c], 3) for c in acted if worst[c] >= bar[c]}


def find(text: str, actions: Mapping[str, str]) -> list[Finding]:
    """The secrets of a text that these actions do not allow, in reading order."""
    found = secrets.find(text)
    if actions.get("name", "allow") != "allow" and not names.missing():
        found = apart([*found, *names.find(text)])
    return [f for f in found if actions.get(f.category, "allow") != "allow"]


def unchecked(actions: Mapping[str, str]) -> str:
    """What a policy acts on and this installation cannot find."""
    lacking = names.missing() if actions["name"] != "allow" else ""
    return f"name ({lacking} not installed: {names.MEND})" if lacking else ""


def rewritten(message: Message, change: Callable[[str], str]) -> Message:
    """The message with every text of it changed: words, arguments and results of tools. Images stay."""

    def part(one: Part) -> Part:
        if isinstance(one, (Text, ToolResult)):
            return replace(one, text=change(one.text))
        return replace(one, arguments=change(one.arguments)) if isinstance(one, ToolCall) else one

    return replace(message, parts=tuple(map(part, message.parts)))


def _texts(message: Message) -> Iterator[str]:
    for part in message.parts:
        if isinstance(part, (Text, ToolResult)):
            yield part.text
        elif isinstance(part, ToolCall):
            yield part.arguments


class _Judge:
    """The classifier, asked once for each text: a conversation is checked anew at each turn. Keeps hashes, not texts."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, dict[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def judge(self, text: str) -> dict[str, float]:
        key = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        with self._lock:
            if key in self._known:
                return self._known[key]
        judged = load().judge(text)
        with self._lock:
            self._known[key] = judged
            if len(self._known) > JUDGED_ONCE:
                self._known.popitem(last=False)
        return judged


_JUDGE = _Judge()
