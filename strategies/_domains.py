"""Policy packs of domains: which prompts are of one, which models may answer them, and what an answer must say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.errors import BadInput
from workbench.policy import Policies, only_keys, words_of
from workbench.types import Model

WORD = re.compile(r"\w+")
SPACED = bytes(b if chr(b).isalnum() or b == ord("_") else 32 for b in range(128)) + bytes(128)
"""ASCII with everything that is of no word made a space: a third of what a regex costs."""
READ = 4000
"""Characters of a prompt that are searched."""
STRONG, WEAK = 2, 1
SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    name: str
    title: str
    disclaimer: str
    models: frozenset[str]
    tags: frozenset[str]
    regions: frozenset[str]
    least: int
    cues: Mapping[str, int]
    """Points by word or phrase, lower case."""
    phrases: tuple[tuple[str, str], ...]
    """The cues that are no single word, each with the word that a text must have to hold it ("" where there is none)."""

    def matched(self, text: str, words: frozenset[str]) -> tuple[str, ...]:
        """The cues in a lower-case text of these words, strongest first; () where they are too few."""
        found = [cue for gate, cue in self.phrases if (not gate or gate in words) and cue in text]
        found += self.cues.keys() & words
        if sum(self.cues[cue] for cue in found) < self.least:
            return ()
        return tuple(sorted(found, key=lambda cue: (-self.cues[cue], cue)))

    def allows(self, model: Model) -> bool:
        return (
            (not self.models or model.id in self.models)
            and (not self.tags or not self.tags.isdisjoint(model.tags))
            and (not self.regions or model.region in self.regions)
        )

    @property
    def terms(self) -> str:
        """Who may answer, in words."""
        lists = (("models", self.models), ("tags", self.tags), ("regions", self.regions))
        return " and ".join(f"{name} {', '.join(sorted(values))}" for name, values in lists if values)


def _pack(name: str, table: Mapping[str, Any]) -> Pack:
    only_keys(f"{name}.toml", table, {"title": str, "disclaimer": str, "allow": dict, "cues": dict})
    allow, cues = table.get("allow", {}), table.get("cues", {})
    only_keys(f"{name}.toml [allow]", allow, {"models": list, "tags": list, "regions": list})
    only_keys(f"{name}.toml [cues]", cues, {"least": int, "strong": list, "weak": list})
    words = {word.lower(): WEAK for word in words_of(f"{name}.toml [cues] weak", cues.get("weak", []))}
    words |= {word.lower(): STRONG for word in words_of(f"{name}.toml [cues] strong", cues.get("strong", []))}
    if not words:
        raise BadInput(f"{name}.toml has no cues: no prompt would ever be of this domain")
    lists = {
        key: frozenset(words_of(f"{name}.toml [allow] {key}", allow.get(key, [])))
        for key in ("models", "tags", "regions")
    }
    least = int(cues.get("least", STRONG))
    if least < 1:
        raise BadInput(f"{name}.toml [cues]: least must be 1 or more, not {least}")
    disclaimer = table.get("disclaimer", "").strip()
    return Pack(name, table.get("title", name), disclaimer, **lists, least=least, cues=words, phrases=_phrases(words))


def words_in(text: str) -> frozenset[str]:
    if not text.isascii():
        return frozenset(WORD.findall(text))
    return frozenset(text.encode().translate(SPACED).decode().split())


def _phrases(cues: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Whole words are found in the set of words; the rest is searched for, if the first word of it is there."""
    found = []
    for cue in cues:
        if SPACELESS.search(cue):
            found.append(("", cue))
        elif not WORD.fullmatch(cue):
            first = WORD.match(cue)
            found.append((first[0] if first else "", cue))
    return tuple(found)


PACKS: Policies[Pack] = Policies("domains", _pack)
