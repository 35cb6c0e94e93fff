"""Cues in a prompt that say how hard it is: each a feature with a score of its own.

Reads at most the first 1,200 and the last 400 characters, once into words; everything else is set intersection and
substring search, so that no input can make it slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD, TAIL = 1200, 400
FIRST_WORD = re.compile(r"\w+")
SPACED = bytes(b if b > 127 or chr(b).isalnum() else 32 for b in range(256))
"""UTF-8 with every ASCII byte that is neither letter nor digit made a space: a fifth of what a regex costs."""
SPACED_SCRIPTS = ("latin", "cyrillic")
MARKS = "’‘“”«»„¿¡…—–，。？！：；、（）؟،।"
LIST_ITEM = re.compile(r"\n[ \t]{0,8}(?:[-*•]|\d{1,2}[.)])[ \t]")


@dataclass(frozen=True, slots=True)
class Cue:
    """Any of these words or phrases (lower case) is worth `score`, once."""

    name: str
    score: float
    words: frozenset[str]
    phrases: tuple[tuple[str, str], ...] = ()
    """Each with its first word, which is looked up before the text is searched; "" where it has none."""
    foreign: tuple[str, ...] = ()
    """Words of scripts that do not set them apart by spaces, or join other words to them: looked for anywhere."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _cue(name: str, score: float, words: str, phrases: str = "", foreign: str = "") -> Cue:
    gated = tuple((_gate(phrase), phrase) for phrase in phrases.split("|") if phrase)
    return Cue(name, score, _words(words), gated, tuple(phrase for phrase in foreign.split("|") if phrase))


def _gate(phrase: str) -> str:
    """The phrase's first word, if a text that holds the phrase must hold it as a word."""
    found = FIRST_WORD.match(phrase)
    return found[0] if found and found.end() < len(phrase) else ""


CUES = (
    _cue(
        "proof",
        0.6,
        "prove proof proofs disprove theorem lemma corollary contradiction irrational axiom axioms "
        "beweise beweis demuestra demostrar dimostra démontre démontrer докажи докажите доказательство",
        "show that|derive the|by induction|necessary and sufficient",
        "证明|證明|証明|증명|أثبت|برهن|सिद्ध कर|הוכח",
    ),
    _cue(
        "comparison",
        0.3,
        "compare comparing comparison contrast versus vs tradeoff tradeoffs differences "
        "vergleiche compara comparez confronta сравни сравните",
        "difference between|trade-off|pros and cons|advantages and disadvantages|strengths and weaknesses",
        "比较|比較|비교|قارن|तुलना|השווה",
    ),
    _cue(
        "steps",
        0.3,
        "stepwise schrittweise пошагово",
        "step by step|step-by-step|steps to|the steps|each step|in stages|paso a paso|étape par étape|schritt für schritt|шаг за шагом"
        "|passo a passo",
        "一步一步|逐步|步骤|ステップ|手順|단계|خطوة بخطوة",
    ),
    _cue(
        "analysis",
        0.3,
        "analyse analyze analysis evaluate critique critically assess argue justify implications architecture architect "
        "optimise optimize refactor diagnose derive strategy investigate hypothesis analysiere analiza analysez "
        "проанализируй",
        "design a|design an|root cause|in depth|in-depth|in detail|what would happen if|reason about|think through",
        "分析|评估|評価|설계|분석|設計|设计|حلل|صمم",
    ),
    _cue(
        "explanation",
        0.25,
        "explain explains describe summarise summarize outline elaborate interpret discuss "
        "erkläre explica explique expliquez spiega объясни объясните",
        "how does|why is|why are|why do|why did|why would",
        "解释|解釋|説明|설명|اشرح|समझा|הסבר",
    ),
    _cue(
        "code",
        0.25,
        "python javascript typescript java rust golang sql regex html css bash json api algorithm function recursion "
        "compile compiler bug debug unittest code coding script código program programm async",
        "```|def |#include|select * |stack trace|regular expression|unit test|c++|() {|=> {|traceback",
        "代码|コード|코드|код |كود",
    ),
    _cue(
        "systems",
        0.3,
        "concurrency concurrent distributed deadlock consensus scalable scalability throughput latency thread threads "
        "asymptotic amortized replication sharding cryptographic lru raft paxos transactional migration",
        "thread-safe|thread safe|lock-free|race condition|time complexity|big-o|fault-tolerant|fault tolerant|np-complete|np-hard",
    ),
    _cue(
        "maths",
        0.3,
        "equation equations integral integrate derivative differentiate matrix eigenvalue eigenvalues polynomial "
        "probability expected factorial prime primes logarithm modulo combinatorics permutations triangle calculate solve percent percentage multiply divide "
        "berechne calcula calculer gleichung вычисли реши",
        "\\frac|\\int|\\sum|square root|average speed|how many|how much|how fast|how long|how far|x^|^2|∑|∫|√",
        "方程|计算|計算|积分|概率|방정식|확률|احسب|معادلة",
    ),
    _cue(
        "writing",
        0.15,
        "write draft compose essay article report story poem email letter rewrite translate proposal speech "
        "schreibe escribe écris scrivi напиши",
        foreign="写|書い|작성|اكتب|लिख",
    ),
)
CONSTRAINTS = _words(
    "must exactly without only ensure maximum minimum least most limit avoid except unless constraint constraints "
    "requirement requirements satisfy support supports"
)
POLITE = _words(
    "please kindly thanks thank you your hello hi hey dear sir madam would could can might may be so very much if mind i "
    "me my am is it a an the to of and or in for at with as would t d m s just maybe perhaps possibly grateful "
    "appreciate appreciated wonderful kind time moment sorry bother trouble help favor favour regards sincerely hope well "
    "good morning afternoon evening day ask asking wondering whether really truly advance bitte danke gracias favor merci "
    "пожалуйста спасибо"
)
SCRIPTS = {
    "cyrillic": "\u0400-\u052f",
    "hebrew": "\u0590-\u05ff",
    "arabic": "\u0600-\u06ff",
    "devanagari": "\u0900-\u097f",
    "kana": "\u3040-\u30ff",
    "han": "\u4e00-\u9fff",
    "hangul": "\uac00-\ud7af",
}
NOT_LATIN = re.compile(f"[{''.join(SCRIPTS.values())}]")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was seen in a prompt: a score per feature (those above 0), and the words that caused them."""

    scores: dict[str, float]
    seen: dict[str, str]
    script: str
    complexity: float
    """Sum of the scores, at most 1."""


def read(text: str) -> Reading:
    """Score a prompt's features. Takes tens of microseconds, however long the prompt."""
    scanned = (text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}").lower()
    script, words = _script(scanned), _split(scanned)
    seen: dict[str, str] = {}
    scores: dict[str, float] = {}
    for cue in CUES:
        hit = _first(cue, words, scanned, script)
        if hit:
            seen[cue.name], scores[cue.name] = hit, cue.score
    scores |= _form(text, scanned, words)
    return Reading(scores, seen, script, round(min(1.0, sum(scores.values())), 3))


def _split(scanned: str) -> frozenset[str]:
    if not scanned.isascii():
        for mark in MARKS:
            scanned = scanned.replace(mark, " ")
    spaced = scanned.encode("utf-8", "surrogatepass").translate(SPACED)
    return frozenset(spaced.decode("utf-8", "surrogatepass").split())


def _first(cue: Cue, words: frozenset[str], scanned: str, script: str) -> str:
    if not cue.words.isdisjoint(words):
        return min(cue.words & words)
    for gate, phrase in cue.phrases:
        if (not gate or gate in words) and phrase in scanned:
            return phrase.strip()
    if script not in SPACED_SCRIPTS:
        return next((phrase.strip() for phrase in cue.foreign if phrase in scanned), "")
    return ""


def _form(text: str, scanned: str, words: frozenset[str]) -> dict[str, float]:
    """Features of shape: how long, how many questions, items and constraints. Weak: each has a low ceiling."""
    content = len(words) - len(words & POLITE)
    form = {
        "length": min(0.3, max(0, content - 20) / 400) + (0.1 if len(text) > len(scanned) else 0.0),
        "questions": min(0.15, 0.05 * max(0, scanned.count("?") + scanned.count("？") + scanned.count("؟") - 1)),
        "items": min(0.25, 0.06 * len(LIST_ITEM.findall(scanned))),
        "constraints": min(0.2, 0.05 * max(0, len(CONSTRAINTS & words) - 1)),
    }
    return {name: round(score, 3) for name, score in form.items() if score > 0}


def _script(scanned: str) -> str:
    """The writing system of the first letter that is not Latin: not a guess at the language."""
    found = None if scanned.isascii() else NOT_LATIN.search(scanned)
    if found is None:
        return "latin"
    return next(name for name, span in SCRIPTS.items() if span[0] <= found[0] <= span[-1])
