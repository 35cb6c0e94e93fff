"""A page that applied every patch has the server's document."""

from __future__ import annotations

from workbench.ui.document import apply, empty

TURN = {"battle": "b", "prompt": "hi", "columns": {"A": {"html": "", "tail": "", "status": "waiting"}}, "vote": {}}


def test_set_assigns_before_words_are_added() -> None:
    document = empty("c", blind=False)
    apply(document, {"add_turn": {**TURN, "columns": {"A": {"html": "", "tail": "old"}}}})
    apply(document, {"turn": 0, "columns": {"A": {"set": {"tail": ""}, "html_add": "<p>x</p>", "tail_add": "new"}}})
    assert document["turns"][0]["columns"]["A"] == {"html": "<p>x</p>", "tail": "new"}


def test_a_vote_is_laid_over_what_is_known() -> None:
    document = empty("c", blind=True)
    apply(document, {"add_turn": {**TURN, "vote": {"state": "none", "token": ""}}})
    apply(document, {"turn": 0, "vote": {"state": "asked"}, "set": {"busy": True}})
    assert document["turns"][0]["vote"] == {"state": "asked", "token": ""}
    assert document["busy"] is True
