r"""Personal data and credentials by rule: a shape, and where there is one its checksum.

Cards: Luhn (ISO/IEC 7812-1). IBANs: length by country and mod 97 = 1 (ISO 13616). US social security numbers: areas 000, 666
and 900 to 999, group 00 and serial 0000 were never issued (SSA). Phone numbers need a country code, a known national
form or a word that says what they are. Keys: the prefixes vendors give theirs, JWTs, PEM blocks, passwords in URLs, and
whatever is assigned to a name such as `api_key`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .finding import Finding, apart
from .vault import PLACEHOLDER

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.[^\W\d_]{2,24}(?![\w-])")
GAP = r"[ .\u00a0\u2009\u202f-]"
"""Between groups of digits: a space of any width, a point or a hyphen."""
CARD = re.compile(r"(?<!\d)(?<!\d[.-])(?:\d[ -]?){12,18}\d(?![\d-])")
PRINTED = re.compile(
    r"(?<!\d)(?<!\d\.)(?=("
    r"\d{13,19}"
    rf"|\d{{4}}(?P<gap>{GAP})\d{{4}}(?P=gap)\d{{4}}(?P=gap)\d{{4}}"
    rf"|\d{{4}}{GAP}\d{{6}}{GAP}\d{{4,5}}"
    r")(?!\d))"
)
"""As it stands on a card, whatever other numbers (an expiry date, a code) stand beside it."""
IBAN = re.compile(rf"(?<![A-Za-z0-9])(?=([A-Z]{{2}}\d{{2}}(?:{GAP}?[A-Z0-9]){{11,30}}))", re.IGNORECASE)
ISSUERS = range(2, 7)
"""First digits of cards (ISO/IEC 7812): the others are airlines', petrol's and the like."""
SSN = re.compile(r"(?<![\d-])(\d{3})([- ]?)(\d{2})\2(\d{4})(?![\d-])")
SSN_WORDS = re.compile(r"\bssn\b|social security|\bsocial\b|\bitin\b|\btax id", re.IGNORECASE)
PHONE = re.compile(
    r"(?<![\w+])(?<!\d[.-])(?<!\d )(?:"
    r"(?:\+|00)[1-9]\d{0,2}[ ./-]?(?:\(0?\)|\(\d{1,4}\))?(?:[ ./-]?\d{1,5}){2,6}"  # international
    r"|(?:1[ .-])?(?:\(\d{3}\)[ ]?|\d{3}[.-])\d{3}[.-]\d{4}"  # North American
    r"|0[1-9]\d{0,3}[ /-]\d{2,4}(?:[ -]?\d{2,4}){1,4}"  # with a trunk zero, in groups
    r")(?![\w-])"
)
PHONE_WORDS = re.compile(
    r"(?:phone|call|mobile|fax|number is|nummer|telefon|tel\.?|numéro|teléfono|hotline|text)\W{0,5}(?:[^\W\d]{1,30}\W{1,3}){0,3}?(\d(?:[ ./-]?\d){6,13})(?![\w-]| \d)",
    re.IGNORECASE,
)
PHONE_DIGITS = range(7, 16)
"""ITU-T E.164: at most 15."""
KEYS = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)"
    r"|\b(?:sk|pk|rk)-(?:[A-Za-z0-9]{2,12}-)?[\w-]{16,}"
    r"|\b(?:sk|pk|rk)_(?:live|test)_\w{16,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bhf_\w{20,}|\b(?:xox[abposr]|xapp)-[\w-]{10,}"
    r"|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|\bnpm_\w{30,}|\bgsk_\w{20,}|\br8_\w{30,}|\bdo[opr]_v1_\w{30,}|\bpypi-[\w-]{50,}"
    r"|\bSG\.[\w-]{16,64}\.[\w-]{16,64}"
    r"|\beyJ[\w-]{8,1000}\.[\w-]{8,}(?:\.[\w-]{4,})?"
)
IN_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,100}:([^\s/@]{3,200})@")
ASSIGNED = re.compile(
    r"(?:pass(?:word|wort|wd|phrase)?|pwd|secret|token|credential|api[_ -]?key|access[_ -]?key|private[_ -]?key|bearer|mot de passe"
    r"|contraseña)[\w-]{0,20}[\"']?(?:\s{0,3}(?:[:=]|is)\s{0,3}|\s)[\"']?([^\s\"',;]{6,200})",
    re.IGNORECASE,
)
VARIABLE = re.compile(r"\b[A-Z][A-Z0-9_]{0,60}_KEY\s{0,3}[:=]\s{0,3}[\"']?(?=\D{0,40}\d)([^\s\"',;]{16,200})")
"""As environments have them."""
IBAN_LENGTH = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21,
    "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
    "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24,
    "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29,
    "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24,
    "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
"""Characters by country, from the SWIFT IBAN registry."""


def find(text: str) -> list[Finding]:
    """Every one, in reading order; none overlap."""
    return apart([*_keys(text), *_emails(text), *_cards(text), *_ibans(text), *_social(text), *_phones(text)])


def luhn(digits: str) -> bool:
    """Whether the check digit fits: every second digit from the right is doubled, and the digits' sum ends in 0."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mod_97(iban: str) -> bool:
    """Whether the check digits fit: the first four characters at the end, letters as 10 to 35, remainder 1 by 97."""
    return int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1


def _emails(text: str) -> Iterator[Finding]:
    if "@" in text:
        for found in EMAIL.finditer(text):
            yield Finding("email", *found.span())


def _cards(text: str) -> Iterator[Finding]:
    spans = [found.span() for found in CARD.finditer(text)] + [found.span(1) for found in PRINTED.finditer(text)]
    for start, end in spans:
        digits = re.sub(r"\D", "", text[start:end])
        if int(digits[0]) in ISSUERS and len(set(digits)) > 1 and luhn(digits):
            yield Finding("card", start, end)


def _ibans(text: str) -> Iterator[Finding]:
    """The country says how long it is; what stands after it is not of it."""
    for found in IBAN.finditer(text):
        (start, last), length = found.span(1), IBAN_LENGTH.get(found[1][:2].upper(), 0)
        ends = [at + 1 for at in range(start, last) if text[at].isalnum()]
        if not length or len(ends) < length:
            continue
        end = ends[length - 1]
        if not text[end : end + 1].isalnum() and mod_97(re.sub(GAP, "", text[start:end])):
            yield Finding("iban", start, end)


def _social(text: str) -> Iterator[Finding]:
    """Without hyphens only where a word says what it is."""
    said = SSN_WORDS.search(text)
    for found in SSN.finditer(text):
        area, group, serial = found[1], found[3], found[4]
        issued = area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"
        if issued and (found[2] == "-" or said):
            yield Finding("ssn", *found.span())


def _phones(text: str) -> Iterator[Finding]:
    spans = [found.span() for found in PHONE.finditer(text)] + [found.span(1) for found in PHONE_WORDS.finditer(text)]
    for start, end in spans:
        digits = sum(character.isdigit() for character in text[start:end])
        if digits in PHONE_DIGITS:
            yield Finding("phone", start, end)


def _keys(text: str) -> Iterator[Finding]:
    for found in KEYS.finditer(text):
        yield Finding("key", *found.span())
    for pattern in (IN_URL, ASSIGNED, VARIABLE):
        for found in pattern.finditer(text):
            if pattern is IN_URL or _random(found[1]):
                yield Finding("key", *found.span(1))


def _random(value: str) -> bool:
    """Letters and digits or signs mixed, as no word is; a placeholder stands for a secret and is none."""
    bare = value.rstrip(".?!)")
    if PLACEHOLDER.fullmatch(bare):
        return False
    return any(c.isalpha() for c in value) and sum(not c.isalpha() for c in bare) >= 2
