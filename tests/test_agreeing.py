"""What an answer comes to, and which of several agree."""

from __future__ import annotations

import pytest

from workbench.agreeing import final, majority


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("First 3, then 4.\n<answer> 12 </answer>", "12"),
        (r"So we get \boxed{1,024}.", "1024"),
        ("Thinking... The answer is **42**.", "42"),
        ("Paris", "paris"),
        ("  PARIS. ", "paris"),
        ("There are three apples and then four more, which taken together make seven: 3 + 4 = 7", "7"),
        ("12.0", "12"),
        ("", ""),
        ("$1,000", "1000"),
        ("-3", "-3"),
        ("Explain: It is 4/19/1969 today, and 24 hours later it is another day.\nA: 04/20/1969", "4/20/1969"),
        ("After so many hours and so many days it will certainly be the day of 05/01/2021", "5/1/2021"),
        ("The train leaves the station at 9:05 and it will be there at 10:30 at the latest", "10:30"),
        ("A: London\nB: Paris\nThe answer is B.", "b"),
        ("A: London, which lies on the Thames and is large\nB: Paris, which lies on the Seine, in 2", "2"),
    ],
)
def test_an_answer_comes_to_its_marked_stated_or_last_value(text: str, value: str) -> None:
    assert final(text) == value


def test_a_huge_answer_is_read_from_its_end() -> None:
    assert final("9 " * 1_000_000 + "so the total is clear to see and comes out as 5") == "5"


def test_the_largest_group_wins_and_its_surest_member_speaks() -> None:
    vote = majority(["7", "8", "The answer is 7", "7"], [-3.0, 0.0, -1.0, -2.0])
    assert (vote.winner, vote.votes, vote.groups, vote.share) == (2, (3, 1, 3, 3), 2, 0.75)


def test_between_equal_groups_the_surest_answer_decides_then_the_first() -> None:
    assert majority(["1", "2"], [-2.0, -1.0]).winner == 1
    assert majority(["1", "2"], [-1.0, -1.0]).winner == 0


def test_no_answers_cannot_vote() -> None:
    with pytest.raises(ValueError, match="no answer"):
        majority([], [])


@pytest.mark.parametrize(
    "said",
    ["The answer is 42.", "The answer is 42 because 6 * 7 = 42", "So the answer is 42, as required", "answer: **42**"],
)
def test_a_stated_answer_is_its_value_without_what_is_said_about_it(said: str) -> None:
    assert final(said) == "42"


def test_a_stated_word_ends_with_its_clause() -> None:
    assert final("The answer is Paris, which lies on the Seine.") == final("Answer: paris") == "paris"
