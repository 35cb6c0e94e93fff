"""Makes the suite `steps`: tasks of several steps each, with answers worked out here. `python -m workbench.bench.tasks` writes it.

Eight families of eight: the price of a shopping list, the month that cost most, counting by a rule, a journey's arrival, a recipe
for more people, two facts far apart in a long text, ages from relations, and words put through a procedure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

SEED, EACH = 20261126, 8
LAST = "End with {} alone on the last line."
NUMBER = LAST.format("the number")
GOODS = "apples bread butter cheese coffee eggs flour honey jam milk oats olives pears rice salt soap sugar tea".split()  # noqa: SIM905 - a list of words reads better so
NAMES = "Ada Ben Cleo Dan Eva Finn Gus Hana Ida Jon Kim Leo Mia Nils Ona Per".split()  # noqa: SIM905 - as above
TOWNS = "Arvel Brisk Corvan Delmy Estor Fallow Grent Hollin Irsa Jorn Keldby Lunt".split()  # noqa: SIM905 - as above
MONTHS = "January February March April May June".split()  # noqa: SIM905 - as above
WORDS = "river stone amber window lantern gold maple thunder velvet ink quartz harbour moss saddle winter copper fig".split()  # noqa: SIM905 - as above


@dataclass(frozen=True, slots=True)
class Task:
    prompt: str
    reference: str
    grader: str = "numeric"
    data: dict[str, Any] = field(default_factory=dict)


def shopping(rng: Random) -> Task:
    goods, count = rng.sample(GOODS, 6), [rng.randint(2, 9) for _ in range(3)]
    cents = {name: 5 * rng.randint(10, 120) for name in goods}
    listed = "\n".join(f"- {name}: {price / 100:.2f} euros each" for name, price in cents.items())
    bought = ", ".join(f"{n} {name}" for n, name in zip(count, goods, strict=False))
    off = rng.choice([10, 20, 25])
    total = sum(n * cents[name] for n, name in zip(count, goods, strict=False)) * (100 - off) / 10_000
    asked = f"I buy {bought} and get {off} % off the whole bill. How many euros do I pay? Do not round."
    return Task(f"Prices, by the piece:\n{listed}\n\n{asked} {NUMBER}", f"{total:.4f}".rstrip("0").rstrip("."))


def expenses(rng: Random) -> Task:
    posts = ("rent", "food", "travel", "power")
    table = {month: [rng.randint(40, 900) for _ in posts] for month in MONTHS}
    totals = {month: sum(row) for month, row in table.items()}
    best = max(totals, key=lambda month: totals[month])
    if sorted(totals.values())[-1] == sorted(totals.values())[-2]:
        return expenses(rng)
    rows = "\n".join(
        f"{month}: " + ", ".join(f"{p} {v}" for p, v in zip(posts, row, strict=True)) for month, row in table.items()
    )
    asked = f"Which month cost the most in all, and how much? {LAST.format('the month and the sum, such as May 1234,')}"
    return Task(
        f"Expenses in euros:\n{rows}\n\n{asked}",
        rf"{best}\W+(?:[a-z]+\W+){{0,4}}{totals[best]}\W*(?:euros?\W*)?$",
        "regex",
    )


def counting(rng: Random) -> Task:
    low, high, a, b = rng.randint(10, 99), rng.randint(300, 900), rng.choice([3, 4, 6]), rng.choice([5, 7, 11])
    count = sum((n % a == 0) != (n % b == 0) for n in range(low, high + 1))
    asked = (
        f"How many whole numbers from {low} to {high}, both included, can be divided by {a} or by {b}, but not by both?"
    )
    return Task(f"{asked} {NUMBER}", str(count))


def journey(rng: Random) -> Task:
    start = rng.randint(6 * 60, 11 * 60)
    legs = [rng.randint(35, 190) for _ in range(3)]
    waits = [rng.randint(5, 55) for _ in range(2)]
    a, b, c = (f"{leg // 60} h {leg % 60} min" for leg in legs)
    end = start + sum(legs) + sum(waits)
    said = (
        f"A train leaves at {clock(start)} and takes {a}. After a wait of {waits[0]} minutes the next one takes {b}. "
        f"After another {waits[1]} minutes a bus takes {c}. At what time does the bus arrive? "
        f"{LAST.format('the time, as HH:MM,')}"
    )
    return Task(said, rf"{clock(end)}\W*$", "regex")


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def recipe(rng: Random) -> Task:
    people, guests = rng.choice([2, 4, 5]), rng.choice([10, 12, 15, 20])
    amounts = {name: 10 * rng.randint(5, 60) for name in rng.sample(["flour", "sugar", "butter", "rice", "oats"], 3)}
    price = {name: rng.randint(2, 12) for name in amounts}
    grams = "; ".join(f"{grams} g of {name}" for name, grams in amounts.items())
    kilos = "; ".join(f"{name} {euros} euros a kilogram" for name, euros in price.items())
    cost = sum(grams * price[name] for name, grams in amounts.items()) * guests / people / 1000
    asked = f"What do the ingredients for {guests} people cost, in euros, rounded to cents?"
    said = f"A recipe for {people} people takes {grams}. Prices: {kilos}. {asked} {NUMBER}"
    return Task(said, f"{cost:.2f}", data={"tolerance": 0.0006})


def facts(rng: Random) -> Task:
    people = {town: rng.randint(1_200, 98_000) for town in rng.sample(TOWNS, 8)}
    founded = {town: rng.randint(1100, 1900) for town in people}
    told = "\n\n".join(
        f"{town} was founded in {founded[town]}. It lies on a {rng.choice(['river', 'lake', 'hill', 'plain'])} and is known for "
        f"its {rng.choice(['bridges', 'market', 'orchards', 'mills', 'bells'])}. At the last count {town} had {n} inhabitants, most of "
        f"whom work in {rng.choice(['trade', 'farming', 'crafts', 'schools'])}."
        for town, n in people.items()
    )
    one, other = sorted(rng.sample(list(people), 2), key=lambda town: -people[town])
    if people[one] == people[other]:
        return facts(rng)
    asked = f"How many more inhabitants does {one} have than {other}?"
    return Task(f"{told}\n\n{asked} {NUMBER}", str(people[one] - people[other]))


def ages(rng: Random) -> Task:
    a, b, c, d = rng.sample(NAMES, 4)
    youngest, more, times, less = rng.randint(4, 12), rng.randint(2, 9), rng.choice([2, 3]), rng.randint(2, 4)
    second = youngest + more
    third = times * second
    fourth = third - less
    said = f"{a} is {youngest}. {b} is {more} years older than {a}. {c} is {times} times as old as {b}. {d} is {less} years younger than {c}."
    return Task(f"{said} How old are the four together? {NUMBER}", str(youngest + second + third + fourth))


def words(rng: Random) -> Task:
    given, most = rng.sample(WORDS, 9), rng.choice([4, 5])
    kept = sorted(word for word in given if len(word) > most)
    code = "".join(word[-1] for word in kept).upper()
    said = (
        f"Take these words: {', '.join(given)}. Keep those with more than {most} letters, put them in alphabetical order, and join the "
        f"last letter of each, in that order, into one word of capital letters. Which word is it? {LAST.format('the word')}"
    )
    return Task(said, rf"\b{code}\W*$", "regex")


FAMILIES: tuple[Callable[[Random], Task], ...] = (shopping, expenses, counting, journey, recipe, facts, ages, words)


def lines() -> Iterator[dict[str, Any]]:
    """The suite's lines: the first task of every family, then the second of every one, ... Even ones train, odd ones test."""
    for n in range(1, EACH + 1):
        for family in FAMILIES:
            task = family(Random(f"{SEED} {family.__name__} {n}"))  # noqa: S311 - puzzles, not secrets
            line = {
                "id": f"{family.__name__}-{n}",
                "category": family.__name__,
                "prompt": task.prompt,
                "reference": task.reference,
            }
            line |= {"grader": task.grader, "split": "test" if n % 2 else "train"}
            yield line | ({"data": task.data} if task.data else {})


def main(path: Path) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines()), encoding="utf-8")


if __name__ == "__main__":
    main(Path("data/suites/steps.jsonl"))
