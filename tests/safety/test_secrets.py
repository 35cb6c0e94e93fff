from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.safety.finding import SECRETS
from workbench.safety.secrets import IBAN_LENGTH, find, luhn, mod_97

CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
FOUND = {
    "key": ("gsk_AbCdEfGhIjKlMnOpQrStUvWxYz012345", "xapp-1-A111-222-abcdef", "sk-proj-a8Kd93mQzLxT2vB7nR4wYc6H", "AKIAIOSFODNN7EXAMPLE", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNry"),
    "iban": (IBAN, IBAN.replace(" ", ""), "NO9386011117947"),
    "card": (CARD, "5555-5555-5555-4444", "378282246310005"),
    "ssn": ("536-22-1234",),
    "email": ("a.b+c@mail.example.co.uk", "x@y.example"),
    "phone": ("+49 30 1234567", "(212) 555-0147", "020 7946 0958"),
}  # fmt: skip


def words(text: str) -> list[tuple[str, str]]:
    return [(f.category, text[f.start : f.end]) for f in find(text)]


@pytest.mark.parametrize(("category", "value"), [(c, v) for c, values in FOUND.items() for v in values])
def test_finds_a_value_and_nothing_around_it(category: str, value: str) -> None:
    assert words(f"Take {value}, please.") == [(category, value)]


def test_every_secret_but_names_has_a_rule() -> None:
    assert set(FOUND) == set(SECRETS) - {"name"}


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",
        "1234567890123456",
        "DE89 3704 0044 0532 0130 01",
        "666-22-1234 and 000-12-3456 and 900-11-2222 and 123-00-4567 and 123-45-0000",
        "536 22 1234 screws",
        "numpy 1.26.2 of 2024-05-03, pages 212-555",
        "ISBN 978-3-16-148410-0",
        "me@home, @everyone, a@b",
        "the password is wrong",
        "My token economy, your secret garden",
    ],
)
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert find(text) == []


def test_a_number_without_hyphens_is_a_social_security_number_only_where_a_word_says_so() -> None:
    assert words("my SSN: 536 22 1234") == [("ssn", "536 22 1234")]
    assert words("536221234") == []


def test_luhn_and_mod_97_catch_every_single_wrong_digit() -> None:
    digits, iban = CARD.replace(" ", ""), IBAN.replace(" ", "")
    assert luhn(digits)
    assert mod_97(iban)
    for at in range(len(digits)):
        for wrong in set("0123456789") - {digits[at]}:
            assert not luhn(digits[:at] + wrong + digits[at + 1 :])
    for at in range(4, len(iban)):
        for wrong in set("0123456789") - {iban[at]}:
            assert not mod_97(iban[:at] + wrong + iban[at + 1 :])


def test_the_country_says_how_long_an_iban_is() -> None:
    assert words(f"{IBAN} BIC COBADEFFXXX") == [("iban", IBAN)]
    assert IBAN_LENGTH["DE"] == len(IBAN.replace(" ", ""))


@pytest.mark.parametrize("beside", ["{} 123", "{} 12/27", "12 {}", "no. 7 {} exp 12 27 cvv 123", "1234 {} 5678"])
@pytest.mark.parametrize("card", [CARD, CARD.replace(" ", ""), "3782 822463 10005", "5555-5555-5555-4444"])
def test_a_card_is_found_beside_other_numbers(card: str, beside: str) -> None:
    assert ("card", card) in words(beside.format(card))


@pytest.mark.parametrize("gap", ["\u00a0", "\u202f", ".", "-", ""])
def test_cards_and_ibans_are_found_however_they_are_spaced_and_written(gap: str) -> None:
    assert words(f"It is {CARD.replace(' ', gap)}, mind") == [("card", CARD.replace(" ", gap))]
    for iban in (IBAN, IBAN.lower()):
        assert words(f"It is {iban.replace(' ', gap)}, mind") == [("iban", iban.replace(" ", gap))]


def test_two_ibans_in_a_row_are_both_found() -> None:
    assert words(f"{IBAN} NO9386011117947") == [("iban", IBAN), ("iban", "NO9386011117947")]


def test_digits_of_any_script_make_a_card() -> None:
    wide = CARD.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
    assert words(wide) == [("card", wide)]


def test_what_overlaps_is_the_surest_of_them() -> None:
    assert words("postgres://admin:s3cr3tPass@db.example.com/app") == [("key", "s3cr3tPass")]
    assert words("my social is 078 05 1120") == [("ssn", "078 05 1120")]


def test_a_private_key_is_found_to_its_end_or_to_the_texts_end() -> None:
    for kind in ("RSA PRIVATE KEY", "PRIVATE KEY", "PGP PRIVATE KEY BLOCK"):
        block = f"-----BEGIN {kind}-----\nMIIE\nabc=\n-----END {kind}-----"
        assert words(f"Look: {block} done") == [("key", block)]
        assert words(f"Look: {block[:40]}") == [("key", block[:40])]


def test_a_placeholder_is_no_secret_and_what_only_begins_like_one_is() -> None:
    assert find("my password: [KEY_1].") == []
    assert [f.category for f in find("my password: [KEY_1]tr0ub4dor")] == ["key"]


def test_keys_are_found_in_addresses_and_variables() -> None:
    assert words("redis://:s3cr3tPass@cache/0") == [("key", "s3cr3tPass")]
    assert words("AZURE_KEY=0123456789abcdef0123456789abcdef") == [("key", "0123456789abcdef0123456789abcdef")]
    assert find("PRIMARY_KEY = id, SORT_KEY: name_of_the_row_that_is_meant") == []


def test_assigned_passwords_are_found_by_the_name_before_them() -> None:
    for text in (
        'password = "hunter2-Blue!9"',
        "api_key: 9f86d081884c7d65",
        "Passwort: Geheim123!",
        "my token is abc123def456",
    ):
        assert [category for category, _ in words(text)] == ["key"], text


@given(st.text(alphabet="0123456789 -.()+@abcDE/:=\n_sk", max_size=300))
def test_no_text_breaks_it_and_findings_do_not_overlap(text: str) -> None:
    found = find(text)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(0 <= f.start < f.end <= len(text) for f in found)


@pytest.mark.parametrize(
    "text",
    ["1 " * 50_000, "a@" * 50_000, "password " * 12_000, "A1" * 50_000, "+1" * 50_000, "eyJ" * 33_000, "a." * 50_000],
)
def test_a_hostile_text_is_read_in_time_that_grows_with_its_length(text: str) -> None:
    began = time.process_time()
    find(text)
    assert time.process_time() - began < 3
