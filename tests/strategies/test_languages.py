from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies._languages import LANGUAGES, MARKS, READ, UNKNOWN, WORDS, detect
from workbench.settings import shipped

SAID = {
    "en": "What would you like to eat this evening?",
    "de": "Was möchtest du heute Abend essen?",
    "fr": "Qu'est-ce que tu veux manger ce soir ?",
    "es": "¿Qué quieres cenar esta noche?",
    "pt": "O que você quer comer hoje à noite?",
    "it": "Che cosa vuoi mangiare questa sera?",
    "nl": "Wat wil je vanavond eten?",
    "sv": "Vad vill du äta i kväll, och när?",
    "pl": "Co chcesz dzisiaj zjeść na kolację?",
    "tr": "Bu akşam ne yemek istiyorsun?",
    "ru": "Что ты хочешь на ужин?",
    "uk": "Що ти хочеш їсти на вечерю?",
    "el": "Τι θέλεις να φας απόψε;",
    "he": "מה אתה רוצה לאכול הערב?",
    "ar": "ماذا تريد أن تأكل الليلة؟",
    "fa": "امشب چه می‌خواهی بخوری؟ پلو یا گوشت؟",
    "hi": "आज रात क्या खाना चाहते हो?",
    "th": "คืนนี้อยากกินอะไร",
    "ko": "오늘 저녁에 뭐 먹고 싶어요?",
    "ja": "今夜は何が食べたいですか？",
    "zh": "你今晚想吃什么？",
}
OTHERS = frozenset(LANGUAGES)


def test_every_language_has_a_sentence_here() -> None:
    assert set(SAID) == set(LANGUAGES)


@pytest.mark.parametrize("code", SAID)
def test_tells_one_sentence_of_each_language(code: str) -> None:
    assert detect(SAID[code]).language == code


def test_tells_the_languages_of_the_labelled_prompts() -> None:
    lines = [line for part in ("train", "test") for line in _lines(part)]
    told = [(row["kind"] if row["kind"] in OTHERS else "en", detect(row["text"]).language) for row in lines]
    assert sum(said == found for said, found in told) / len(told) >= 0.97


def _lines(part: str) -> list[dict[str, str]]:
    text = shipped(f"complexity/{part}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("text", ["", "12 + 34 = ?", "💥💥", "xyzzy"])
def test_what_cannot_be_told_is_not_guessed(text: str) -> None:
    assert detect(text).language == UNKNOWN


def test_a_foreign_word_in_a_sentence_does_not_decide() -> None:
    assert detect("What does the Russian word привет mean, and how is it said?").language == "en"
    assert detect("Was heißt das Wort 猫 auf Deutsch?").language == "de"


def test_says_which_words_told() -> None:
    assert detect("Wie heißt die Hauptstadt?").seen[:3] == ("wie", "heißt", "die")


def test_reads_the_beginning_only() -> None:
    assert detect("the " * READ + "der die das " * 10**5).language == "en"


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    assert detect(text).language in OTHERS | {UNKNOWN}


def test_words_and_marks_are_of_known_languages() -> None:
    assert set(WORDS) | set(MARKS.values()) <= OTHERS
    assert all(words == words.lower() for words in WORDS.values())
