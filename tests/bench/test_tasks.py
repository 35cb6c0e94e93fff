"""The suite of tasks in several steps is what its generator makes, and its answers are right."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta

from tests.pool import MODELS
from workbench.bench.tasks import EACH, FAMILIES, clock, lines
from workbench.services.record import Graders
from workbench.settings import shipped
from workbench.suite import load
from workbench.types import Case

MADE = list(lines())


def case(id: str) -> Case:
    return next(case for case in load("steps").cases(MODELS) if case.prompt.id == id)


def right(case: Case) -> str:
    """The reference as a model would say it."""
    return re.sub(r"\\b|\\W\*|\(\?:.*?\)(?:\{.*?\}|\*)|\$", "", case.reference or "").replace(r"\W+", " ")


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"\d+(?:\.\d+)?", text)]


def test_the_suite_is_what_the_generator_makes() -> None:
    written = (shipped("suites") / "steps.jsonl").read_text(encoding="utf-8")
    assert written == "".join(json.dumps(line) + "\n" for line in MADE)


def test_there_are_sixty_four_different_tasks_of_eight_families_in_both_splits() -> None:
    assert len({line["prompt"] for line in MADE}) == len(MADE) == 64
    assert set(Counter(line["category"] for line in MADE).values()) == {EACH}
    assert {(line["category"], line["split"]) for line in MADE} == {
        (family.__name__, split) for family in FAMILIES for split in ("train", "test")
    }


def test_a_right_answer_is_right_and_nonsense_or_the_task_itself_is_wrong() -> None:
    graders = Graders()
    for one in load("steps").cases(MODELS):
        said = f"Let me see: 1 and 2 make 3.\n\n**{right(one)}**"
        assert graders.grade(one, said).score == 1, (one.prompt.id, said)
        for wrong in ("", "zzz 77777", one.prompt.text):
            assert graders.grade(one, wrong).score == 0, (one.prompt.id, wrong)


def test_counting_comes_out_the_same_by_inclusion_and_exclusion() -> None:
    for n in range(1, EACH + 1):
        one = case(f"counting-{n}")
        low, high, a, b = (int(x) for x in numbers(one.prompt.text))

        def upto(d: int, low: int = low, high: int = high) -> int:
            return high // d - (low - 1) // d

        lcm = next(m for m in range(a, a * b + 1, a) if m % b == 0)
        assert int(one.reference or "") == upto(a) + upto(b) - 2 * upto(lcm)


def test_shopping_comes_out_the_same_in_fractions() -> None:
    from fractions import Fraction

    for n in range(1, EACH + 1):
        one = case(f"shopping-{n}")
        listed, asked = one.prompt.text.split("\n\n")
        price = {k: Fraction(v) for k, v in re.findall(r"- (\w+): ([\d.]+)", listed)}
        whole = sum(int(n) * price[name] for n, name in re.findall(r"(\d+) ([a-z]+)(?:,| and)", asked))
        off = Fraction(re.findall(r"(\d+) %", asked)[0])
        assert Fraction(one.reference or "") == whole * (100 - off) / 100


def test_facts_are_the_difference_of_two_counts_in_the_text() -> None:
    for n in range(1, EACH + 1):
        one = case(f"facts-{n}")
        people = dict(re.findall(r"last count (\w+) had (\d+)", one.prompt.text))
        more, less = re.findall(r"does (\w+) have than (\w+)\?", one.prompt.text)[0]
        assert int(one.reference or "") == int(people[more]) - int(people[less])


def test_the_dearest_month_is_found_again_in_the_text() -> None:
    for n in range(1, EACH + 1):
        one = case(f"expenses-{n}")
        rows = one.prompt.text.split("\n\n")[0].split("\n")[1:]
        sums = {row.split(":")[0]: int(sum(numbers(row))) for row in rows}
        best = max(sums, key=lambda month: sums[month])
        assert re.search(one.reference or "", f"so it is {best} {sums[best]}")


def test_a_journey_ends_when_its_legs_and_waits_are_over() -> None:
    for n in range(1, EACH + 1):
        one = case(f"journey-{n}")
        hour, minute, *spans = (int(x) for x in re.findall(r"\d+", one.prompt.text.split(" At what")[0]))
        a, b, wait, c, d, again, e, f = spans
        end = datetime(2026, 1, 1, hour, minute) + timedelta(hours=a + c + e, minutes=b + wait + d + again + f)
        assert re.search(one.reference or "", f"{end:%H:%M}")


def test_ages_follow_from_the_relations() -> None:
    for n in range(1, EACH + 1):
        one = case(f"ages-{n}")
        first, more, times, less = (int(x) for x in numbers(one.prompt.text))
        people = [first, first + more, times * (first + more), times * (first + more) - less]
        assert int(one.reference or "") == sum(people)


def test_a_clock_is_written_in_four_digits() -> None:
    assert (clock(0), clock(65), clock(23 * 60 + 59)) == ("00:00", "01:05", "23:59")
