"""Names of people in requests, and words that the small model takes for some."""

from __future__ import annotations

import pytest

from workbench.safety import names

pytestmark = pytest.mark.skipif(bool(names.missing()), reason="needs the extra `safety`")


def found(text: str) -> list[str]:
    return [text[f.start : f.end] for f in names.find(text)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("My boss, Daniel Okafor, wants the figures tomorrow.", ["Daniel Okafor"]),
        ("Summarise the meeting: Sarah Johnson presented, Michael Chen objected.", ["Sarah Johnson", "Michael Chen"]),
        ("Tell Emily Carter that the parcel has arrived.", ["Emily Carter"]),  # the model sees Carter alone
        ("Anna Schmidt wrote me that she is ill.", ["Anna Schmidt"]),
        ("Please say good night to my daughter Emma.", ["Emma"]),
    ],
)
def test_people_are_found_with_all_words_of_their_name(text: str, said: list[str]) -> None:
    assert found(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "Compare Kafka and RabbitMQ for the payment system.",
        "Convert this to YAML, with comments.",
        "Why does this Python code raise a NameError?",
        "Convince my readers that Roma is worth a journey.",
        "Schreibe eine kurze E-Mail an meine Lehrerin.",
        "Wie heißt die Hauptstadt von Italien?",
        "¿Cuántos días tiene un año?",
        "커피가 잠을 깨우는 이유를 설명해 주세요.",
        "",
        "\ud800",
        "A" * 5000,
    ],
)
def test_what_only_looks_like_a_name_to_the_model_is_none(text: str) -> None:
    assert found(text) == []


def test_a_long_text_is_read_part_by_part_and_no_name_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Please tell Anna Miller about it.\n" * 8
    whole = names.find(text)
    monkeypatch.setattr(names, "PART", 80)
    assert names.find(text) == whole
    assert len(whole) == 8


def test_a_text_is_cut_where_a_line_a_sentence_or_a_word_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "PART", 10)
    cases = ("one\ntwo\nthree four", "one. two. three", "onetwo threefour", "x" * 25)
    assert [names._end(text, 0) for text in cases] == [8, 10, 7, 10]
    assert names._end("short", 0) == 5
