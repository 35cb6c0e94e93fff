from __future__ import annotations

from workbench.safety.finding import Finding
from workbench.safety.vault import Vault


def test_the_same_value_has_the_same_placeholder_however_it_is_written() -> None:
    vault = Vault()
    assert vault.placeholder("card", "4111 1111 1111 1111") == "[CARD_1]"
    assert (
        vault.placeholder("card", "4111-1111-1111-1111") == vault.placeholder("card", "4111111111111111") == "[CARD_1]"
    )
    assert vault.placeholder("email", "A@b.example") == vault.placeholder("email", "a@B.example") == "[EMAIL_1]"


def test_two_values_never_share_one() -> None:
    vault = Vault()
    assert [vault.placeholder("key", value) for value in ("aB1", "ab1", "a B1")] == ["[KEY_1]", "[KEY_2]", "[KEY_3]"]
    assert vault.placeholder("email", "x@y.example") == "[EMAIL_1]"


def test_placeholders_that_were_said_before_are_not_given_again() -> None:
    vault = Vault()
    assert vault.redact("Mail [EMAIL_3] and [EMAIL_1], [CARD_7].", []) == "Mail [EMAIL_3] and [EMAIL_1], [CARD_7]."
    assert vault.placeholder("email", "x@y.example") == "[EMAIL_4]"


def test_redacts_in_place() -> None:
    text = "a@b.example, c@d.example, a@b.example"
    found = [Finding("email", 0, 11), Finding("email", 13, 24), Finding("email", 26, 37)]
    assert Vault().redact(text, found) == "[EMAIL_1], [EMAIL_2], [EMAIL_1]"
    assert Vault().redact(text, []) == text
