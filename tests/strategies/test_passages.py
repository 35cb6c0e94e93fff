"""Search in a given text finds the passage with the query's rare words."""

from __future__ import annotations

from strategies._passages import bm25, passages, search

TEXT = """The ferry leaves at nine. It carries cars.

The museum opens at ten and closes at six. Tickets cost 12 euros.

- The garden is free
- The tower has 211 steps"""


def test_the_passage_with_the_querys_words_comes_first() -> None:
    assert search("what do museum tickets cost?", TEXT)[0].startswith("The museum")
    assert search("how many steps has the tower", TEXT)[0] == "- The tower has 211 steps"


def test_singular_and_plural_are_one_word() -> None:
    assert search("ticket", TEXT) == ["The museum opens at ten and closes at six. Tickets cost 12 euros."]


def test_what_is_not_there_is_not_found() -> None:
    assert search("zebra", TEXT) == search("", TEXT) == search("ferry", "") == []


def test_long_paragraphs_are_cut_between_sentences() -> None:
    found = passages("This sentence has exactly six words. " * 30)
    assert len(found) == 3
    assert all(passage.endswith(".") for passage in found)


def test_rare_words_weigh_more_and_long_documents_less() -> None:
    rare, common = bm25(["a", "b"], [["a", "x"], ["b", "x"], ["b", "y"]])[:2]
    assert rare > common > 0
    short, long = bm25(["a"], [["a"], ["a", *"xyzuvw"]])
    assert short > long > 0


def test_the_score_is_that_of_the_formula() -> None:
    # one of two documents has the word, once, at mean length: ln(1 + 1.5 / 1.5) x 2.5 / 2.5
    assert bm25(["a"], [["a"], ["b"]]) == [0.6931471805599453, 0.0]
