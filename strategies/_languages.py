"""Which language a text is in: its script first, then the small words and letters that only one language has.

Function words tell languages apart from a few words on (Grefenstette, "Comparing two language identification schemes",
JADT 1995). Codes are those of ISO 639-1.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

READ = 1000
"""Characters that are looked at."""
UNKNOWN = "und"
LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "pt": "Portuguese",
    "it": "Italian",
    "nl": "Dutch",
    "sv": "Swedish",
    "pl": "Polish",
    "tr": "Turkish",
    "ru": "Russian",
    "uk": "Ukrainian",
    "el": "Greek",
    "he": "Hebrew",
    "ar": "Arabic",
    "fa": "Persian",
    "hi": "Hindi",
    "th": "Thai",
    "ko": "Korean",
    "ja": "Japanese",
    "zh": "Chinese",
}
_SPANS = (
    ("ja", "\u3040-\u30ff"),
    ("ko", "\uac00-\ud7af\u1100-\u11ff"),
    ("zh", "\u4e00-\u9fff\u3400-\u4dbf"),
    ("th", "\u0e00-\u0e7f"),
    ("hi", "\u0900-\u097f"),
    ("he", "\u0590-\u05ff"),
    ("el", "\u0370-\u03ff"),
    ("ar", "\u0600-\u06ff"),
    ("ru", "\u0400-\u052f"),
)
SCRIPTS = tuple((code, re.compile(f"[{span}]")) for code, span in _SPANS)
LATIN = re.compile("[a-zà-ÿ]")
DENSE = ("ja", "zh", "ko")
"""One character says what two Latin ones say."""
PARTICULAR = {
    "uk": re.compile("[іїєґ]"),
    "fa": re.compile("[پچژگ]"),
}
"""Letters that set a language apart from the one its script usually is."""
ELSE = {"ru": "uk", "ar": "fa"}
MARKS = {
    "ß": "de",
    "ä": "de",
    "ñ": "es",
    "¿": "es",
    "¡": "es",
    "ã": "pt",
    "õ": "pt",
    "å": "sv",
    "ł": "pl",
    "ż": "pl",
} | {
    "ś": "pl",
    "ğ": "tr",
    "ı": "tr",
    "ş": "tr",
    "œ": "fr",
}
"""A letter that is rare elsewhere counts as one word."""
WORDS = {
    "en": "the a an is are was were of and to in that it for on with as this you i my your what how why who which when where "
    "do does did can could would should please not from be have has write explain say tell me hello hi thanks if there or",
    "de": "der die das den dem des ein eine einen einem einer ist sind war und oder nicht ich du er sie es wir ihr mir mich mit "
    "von zu im in auf für aus bei nach wie was warum wer wo wann welche bitte schreibe schreib erkläre hallo guten danke auch "
    "dass kann wird haben hat heißt beweise vergleiche zum zur über viele",
    "fr": "le la les un une des du de et est sont ne pas que qui quoi quelle quel comment pourquoi pour dans sur avec je tu il elle "
    "nous vous mon ma mes ce cette au aux par ou où bonjour merci explique écris en plus à ça va quand donne deux",
    "es": "el la los las un una unos de del y es son no que qué quién cómo cuál cuáles cuántos por para en con mi tu su se lo al "
    "hola gracias explica escribe dónde cuándo está como más muy pero favor di entre paso cuando este esta",
    "pt": "o a os as um uma de do da dos das e é são não que quem como qual por para em no na nos nas com meu minha seu sua se ao "
    "olá obrigado explica escreve onde quando está mais muito mas você pelo entre qual",
    "it": "il lo la i gli le un uno una di del della dei e è sono non che chi come qual quale perché per in nel nella con mio tuo si al "
    "ciao grazie spiega scrivi dove quando più molto ma questo quanti dice si alle ciascuna",
    "nl": "de het een en is zijn was van in dat die niet ik je jij hij zij wij met voor op te aan hoe wat waarom wie waar wanneer "
    "schrijf hallo bedankt ook als maar mijn deze uit bij naar heeft kan alstublieft leg",
    "sv": "och är en ett det att som på av för med den inte jag du han hon vi till hur vad varför vem var när skriv hej tack också "
    "men om mitt min detta från kan har förklara",
    "pl": "i w na z do nie jest są się że to jak co dlaczego kto gdzie kiedy czy dla od po o ale ten ta mój napisz cześć dzięki "
    "proszę wyjaśnij przez jaki jaka ile",
    "tr": "ve bir bu da de için ile ne nasıl neden kim nerede ben sen o mı mi mu değil var yok çok daha gibi ama merhaba teşekkürler "
    "yaz açıkla kadar olan nedir lütfen",
}
OWN = {
    word: [code for code, words in WORDS.items() if word in words.split()] for word in " ".join(WORDS.values()).split()
}
"""Languages that have a word: one that many share says less about each."""
WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Found:
    language: str
    """A code of LANGUAGES, or UNKNOWN."""
    seen: tuple[str, ...] = ()
    """The words and letters that told, at most five."""


def detect(text: str) -> Found:
    """The language of a text's beginning, by the letters it has most of. UNKNOWN for what has no letters or no small words."""
    read = text[:READ].lower()
    if not read.isascii() and (code := _script(read)):
        other = ELSE.get(code)
        return Found(other if other and PARTICULAR[other].search(read) else code)
    return _latin(read)


def _script(read: str) -> str:
    """The language of the script that has more letters than Latin has; a foreign word in a Latin text does not decide."""
    counts = {code: len(letters.findall(read)) for code, letters in SCRIPTS}
    if counts["ja"]:  # Japanese mixes kana with Chinese characters: kana decide
        counts["ja"] += counts.pop("zh")
    code = max(counts, key=lambda c: counts[c])
    weight = 2 if code in DENSE else 1
    return code if weight * counts[code] >= max(1, len(LATIN.findall(read))) else ""


def _latin(read: str) -> Found:
    points: Counter[str] = Counter()
    seen: dict[str, list[str]] = {}
    for word in dict.fromkeys(WORD.findall(read)):
        for code in OWN.get(word, ()):
            points[code] += 60 // len(OWN[word])
            seen.setdefault(code, []).append(word)
    for mark, code in MARKS.items():
        if mark in read:
            points[code] += 60
            seen.setdefault(code, []).append(mark)
    if not points:
        return Found(UNKNOWN)
    best = max(points, key=lambda code: points[code])
    return Found(best, tuple(seen[best][:5]))
