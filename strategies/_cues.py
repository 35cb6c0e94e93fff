"""Cues in a prompt that say how hard it is: each a feature with a score of its own.

Scores were set by hand on data/complexity/train.jsonl; data/complexity/test.jsonl was only ever measured on
(`workbench bench complexity`).

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
    """Any of these words or phrases (lower case) is worth `score`; each further word of it `more`, three at most."""

    name: str
    score: float
    words: frozenset[str]
    phrases: tuple[tuple[str, str], ...] = ()
    """Each with its first word, which is looked up before the text is searched; "" where it has none."""
    foreign: tuple[str, ...] = ()
    """Words of scripts that do not set them apart by spaces, or join other words to them: looked for anywhere."""
    more: float = 0.0


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _cue(name: str, score: float, words: str, phrases: str = "", foreign: str = "", more: float = 0.0) -> Cue:
    gated = tuple((_gate(phrase), phrase) for phrase in phrases.split("|") if phrase)
    return Cue(name, score, _words(words), gated, tuple(phrase for phrase in foreign.split("|") if phrase), more)


def _gate(phrase: str) -> str:
    """The phrase's first word, if a text that holds the phrase must hold it as a word."""
    found = FIRST_WORD.match(phrase)
    return found[0] if found and found.end() < len(phrase) else ""


ORDINARY = 0.3
"""Worth of what makes a prompt moderate: to explain, to contrast, to make something. A second of these adds a tenth."""
AGAIN = 0.1
CUES = (
    _cue(
        "proof",
        0.6,
        "prove proven proof proofs disprove refute theorem lemma corollary contradiction irrational axiom axioms "
        "counterexample undecidable rigorous rigorously derive derives derivation "
        "beweise beweis bewiesen widerlege herleiten demuestra demuestre demostrar demostración dimostra dimostrare "
        "démontre démontrer démontrez prouve prouver demonstre prove prova provar докажи докажите доказать доказательство",
        "show that|by induction|necessary and sufficient|show it cannot|show that it cannot|be decided|halting problem"
        "|zeige, dass|montre que|montrez que|muestra que",
        "证明|證明|証明|推导|증명|أثبت|اثبت|برهن|सिद्ध|प्रमाण|הוכח",
    ),
    _cue(
        "comparison",
        0.35,
        "compare compares compared comparing comparison contrast versus vs tradeoff tradeoffs "
        "vergleiche vergleich vergleichen gegenüberstellung compara compare comparar comparez comparer confronta confrontare "
        "сравни сравните сравнить",
        "trade-off|pros and cons|advantages and disadvantages|strengths and weaknesses|vor- und nachteile",
        "比较|比較|對比|对比|비교|قارن|مقارنة|तुलना|השווה",
        more=0.1,
    ),
    _cue(
        "contrast",
        ORDINARY,
        "differences unterschied unterschiede différence diferencia differenza diferença отличается разница",
        "difference between|should i ",
        "区别|違い|차이|الفرق|अंतर",
    ),
    _cue(
        "steps",
        0.35,
        "stepwise schrittweise пошагово",
        "step by step|step-by-step|steps to|the steps|each step|every step|all steps|in stages|paso a paso|étape par étape"
        "|schritt für schritt|шаг за шагом|passo a passo|passo dopo passo|line by line|each deduction|every case|all cases",
        "一步一步|逐步|步骤|ステップ|手順|단계|خطوة بخطوة|चरण",
    ),
    _cue(
        "analysis",
        0.4,
        "analyse analyze analysis evaluate critique critically critical assess argue arguments justify justification implications "
        "architecture architect optimise optimize optimal refactor diagnose strategyigate hypothesis hypotheses "
        "counterarguments rebut consequences ethical "
        "deduce deductions defend anticipate reconcile "
        "analysiere analysieren bewerte bewerten begründe begründen beurteile analiza analizar evalúa justifica analysez analyser "
        "évalue évaluer justifie analizza valuta analisa avalia проанализируй проанализируйте оцени обоснуй",
        "design a|root cause|in depth|in-depth|what would happen if|reason about|reason through|think through|work out"
        "|how would you|with evidence|both sides|and why|the causes of|weigh the|weigh how|the risks",
        "分析|评估|評価|論じ|설계|분석|평가|設計|设计|حلل|صمم|قيم|विश्लेषण",
        more=0.15,
    ),
    _cue(
        "explanation",
        ORDINARY,
        "explain explains describe summarise summarize summary outline elaborate interpret discuss "
        "erkläre erklären beschreibe fasse zusammenfassung explica explícalo explique expliquez décris résume résumez resume "
        "spiega spiegami riassumi resuma объясни объясните опиши",
        "how does|how do |how is|how can|why is|why are|why do|why did|why would|why does|why can|what causes"
        "|what happens|main points|key points|used for|wie funktioniert|warum |pourquoi |comment |por qué|cómo |perché |por que |почему |как работает"
        "|what are the|the reason",
        "解释|解釋|説明|仕組み|为什么|為什麼|なぜ|설명|이유|اشرح|لماذا|كيف|समझा|क्यों|הסבר",
    ),
    _cue(
        "code",
        0.2,
        "python javascript typescript java rust golang sql regex html css bash json api algorithm function recursion react docker "
        "dockerfile compile compiler bug debug unittest code coding script código program programm programa async algorithmus "
        "algorithme función fonction funktion",
        "```|def |#include|select * |stack trace|regular expression|unit test|c++|() {|=> {|traceback",
        "代码|函数|関数|コード|코드|함수|код |كود",
    ),
    _cue(
        "systems",
        0.35,
        "concurrency concurrent distributed deadlock deadlocks consensus scalable scalability throughput latency thread threads "
        "asymptotic amortized replication sharding cryptographic lru raft paxos transactional migration migrate downtime microservices "
        "partition goroutines parser encryption consistency caching rollback heap backoff",
        "thread-safe|thread safe|lock-free|race condition|time complexity|its complexity|big-o|o(1)|o(n|fault-tolerant|fault tolerant"
        "|np-complete|np-hard|per second|billion rows",
        "时间复杂度|每秒|並行|동시성",
        more=0.1,
    ),
    _cue(
        "maths",
        0.2,
        "equation equations integral integrate derivative differentiate differential matrix polynomial twice "
        "probability factorial prime primes logarithm modulo permutations triangle calculate solve percent percentage "
        "multiply divide area volume average speed sum consecutive invest рассчитай "
        "berechne calcula calculer calcola gleichung вычисли реши",
        "\\frac|\\int|\\sum|square root|how likely|how many|how much|how old|how fast|how long|how far|x^|^2|∑|∫|√|solve for|altogether",
        "方程|计算|計算|积分|概率|방정식|확률|احسب|معادلة",
    ),
    _cue(
        "mathematics",
        0.45,
        "eigenvalue eigenvalues eigenvectors combinatorics bijection topology homomorphism convergence converges diophantine lagrange "
        "diagonalised countable continuous bounded geometrically optimisation optimization minimise minimize maximise "
        "compass straightedge",
        "integer solutions|expected number|subject to|differential equation"
        "|p equal to np|black-scholes|monty hall|check your solution|from 0 to infinity",
    ),
    _cue(
        "making",
        ORDINARY,
        "write draft compose essay article report story poem haiku limerick sonnet email letter rewrite proposal speech toast rewrite "
        "suggest suggestion recommend recommendation recommendations itinerary ideas schedule plan create develop implement design "
        "build construct formulate propose invent brainstorm rédige "
        "schreibe schreib verfasse entwirf escribe redacta écris écrivez scrivi escreve escreva напиши напишите составь сочини",
        "come up with|make a table|as a table|as json|turn these|turn this into|bullet points|list comprehension"
        "|what can i|what should i|give a plan|convert this",
        "写|書い|書いて|작성|써 |اكتب|लिख|设计|创作",
    ),
    _cue(
        "reasoning",
        0.45,
        "liar liars lies knights knaves truth weighings norwegian puzzle riddle clues",
        "who tells the truth|who keeps|each with a different|who owns|in every case",
    ),
)
LIGHT = (
    "yes or no",
    "true or false",
    "in one word",
    "one word",
    "just the",
    "only the",
    "positive or negative",
    "what is the capital",
    "how many days",
    "stand for",
    "the plural of",
    "the opposite of",
    "synonym for",
    "alphabetical order",
    "in lower case",
    "in upper case",
    "the spelling",
    "the typo",
    "spell the",
    "capitalise",
    "capitalize",
    "the last word",
    "the first word",
    "what colour",
    "the colour of",
    "how do you say",
    "a comment in",
    "an empty list",
)
"""What asks for no more than a look: taken off, unless something hard is asked beside it."""
GATED = tuple((_gate(phrase), phrase) for phrase in LIGHT)
CONSTRAINTS = _words(
    "must exactly without only ensure maximum minimum least most limit avoid except unless constraint constraints "
    "requirement requirements satisfy support supports respect respects respecting"
)
DEMANDS = _words(
    "compare explain justify discuss recommend evaluate propose describe analyse analyze derive verify check prove show optimise "
    "optimize list rank develop estimate assess argue interpret formulate choose test fix measure sketch generalise design "
    "implement plan find solve compute give say defend rebut balance reason state"
)
"""What may be asked for; more than one in a prompt makes several steps."""
LIGHTER = 0.3
NUMBER = re.compile(r"\d+")
DIGITS = bytes(b if chr(b).isdigit() and b < 128 else 32 for b in range(256))
"""ASCII with everything that is no digit made a space."""
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
    """What was seen in a prompt: a score per feature (those not 0), and the words that caused them."""

    scores: dict[str, float]
    seen: dict[str, str]
    script: str
    complexity: float
    """Sum of the scores, from 0 to 1."""


def read(text: str) -> Reading:
    """Score a prompt's features. Takes tens of microseconds, however long the prompt."""
    scanned = (text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}").lower()
    script, words = _script(scanned), _split(scanned)
    seen: dict[str, str] = {}
    scores: dict[str, float] = {}
    ordinary = False
    for cue in CUES:
        hit = _first(cue, words, scanned, script)
        if hit:
            again, ordinary = ordinary and cue.score == ORDINARY, ordinary or cue.score == ORDINARY
            seen[cue.name], scores[cue.name] = hit, AGAIN if again else _worth(cue, words)
    scores |= _form(text, scanned, words) | (_asked(words) if scores else {})
    if scores and (light := _light(scanned, words)):
        seen["light"], scores["light"] = light, -LIGHTER
    return Reading(scores, seen, script, round(min(1.0, max(0.0, sum(scores.values()))), 3))


def _light(scanned: str, words: frozenset[str]) -> str:
    return next((phrase for gate, phrase in GATED if (not gate or gate in words) and phrase in scanned), "")


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


def _worth(cue: Cue, words: frozenset[str]) -> float:
    if not cue.more:
        return cue.score
    return round(cue.score + cue.more * min(3, max(0, len(cue.words & words) - 1)), 3)


def _form(text: str, scanned: str, words: frozenset[str]) -> dict[str, float]:
    """Features of shape: how long, how many questions, items and numbers. Each has a low ceiling."""
    content = len(words) - len(words & POLITE)
    form = {
        "length": min(0.3, max(0, content - 20) / 400) + (0.1 if len(text) > len(scanned) else 0.0),
        "questions": min(0.15, 0.05 * max(0, scanned.count("?") + scanned.count("？") + scanned.count("؟") - 1)),
        "items": min(0.25, 0.06 * len(LIST_ITEM.findall(scanned))),
        "numbers": min(0.2, 0.1 * max(0, _numbers(scanned) - 1)),
    }
    return {name: round(score, 3) for name, score in form.items() if score > 0}


def _numbers(scanned: str) -> int:
    if not scanned.isascii():
        return len(NUMBER.findall(scanned))
    return len(scanned.encode().translate(DIGITS).split())


def _asked(words: frozenset[str]) -> dict[str, float]:
    """How much is asked for, and under how many conditions; said beside no other cue, such words are politeness."""
    asked = {
        "demands": min(0.3, 0.1 * max(0, len(DEMANDS & words) - 1)),
        "constraints": min(0.2, 0.05 * max(0, len(CONSTRAINTS & words) - 1)),
    }
    return {name: round(score, 3) for name, score in asked.items() if score > 0}


def _script(scanned: str) -> str:
    """The writing system of the first letter that is not Latin: not a guess at the language."""
    found = None if scanned.isascii() else NOT_LATIN.search(scanned)
    if found is None:
        return "latin"
    return next(name for name, span in SCRIPTS.items() if span[0] <= found[0] <= span[-1])
