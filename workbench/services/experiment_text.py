"""An experiment in words: the sentence that stands first, and the whole report as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .gate import cell

Row = Mapping[str, Any]
Piece = Mapping[str, str]


def sentences(made: Row) -> list[Piece]:
    """What may be said now, of each comparison, in pieces that every reader can set: plain, strong, interval."""
    if not made["answered"]:
        return [_plain("No case is answered yet.")]
    pieces: list[Piece] = []
    for one in made["comparisons"]:
        pieces += [*_compared(made, one), _plain(". ")]
    pieces += [_plain(f"A stop rule called: {text}. ") for text in made["called"]]
    return [*pieces[:-1], {**pieces[-1], "text": pieces[-1]["text"].rstrip()}]


def plain_text(pieces: Sequence[Piece]) -> str:
    return "".join(piece["text"] for piece in pieces)


def _compared(made: Row, one: Row) -> Iterator[Piece]:
    d, unit = one["difference"], made["observation"]
    verdict = " is not shown better or worse than "
    if one["shown"]:
        verdict = " is shown better than " if d["value"] > 0 else " is shown worse than "
    yield _strong(one["strategy"])
    yield _plain(f"{verdict}{one['base']}: ")
    yield _strong(f"{100 * d['value']:+.1f} points")
    yield {"kind": "interval", "text": f" [{100 * d['low']:+.1f}, {100 * d['high']:+.1f}]"}
    yield _plain(f" after {_count(one['n'], unit)}")
    if not one["shown"]:
        yield _plain(f"; {settled(one['more'], unit, one['n'])}")


def settled(more: int | None, unit: str, n: int) -> str:
    """What it would take."""
    if n < 2:
        return "more must be seen before anything can be said"
    if more is None:
        return "so far they are too alike to say how many more would tell"
    return f"about {_count(max(1, _round(more)), f'more {unit}')} would settle it"


def _round(count: int) -> int:
    """Two digits: more would pretend."""
    return int(round(count, -max(0, len(str(count)) - 2)))


def markdown(made: Row) -> str:
    """The whole report; the same document makes the same bytes."""
    if made["kind"] != "experiment":
        return _votes(made)
    parts = [
        [f"# {cell(made['name'])}"],
        [plain_text(made["sentence"])],
        [cell(made["note"])] if made["note"] else [],
        _strategies(made),
        _comparisons(made),
        _guards(made),
        _off_policy(made),
        _disagreements(made["disagreements"]),
        [_foot(made)],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _strategies(made: Row) -> list[str]:
    nominal = ", nominal" if any(one["nominal"] for one in made["strategies"]) else ""
    head = f"| strategy | runs | quality | $ / 1k prompts{nominal} | latency s | failed |"
    rows = [
        f"| {cell(one['label'])} | {one['n']:,} | {span(one['quality'], 3)} | {span(one['cost'], 4)} "
        f"| {span(one['latency_s'], 2)} | {span(one['failed'], 3)} |"
        for one in made["strategies"]
    ]
    note = "Quality and failures: intervals that hold at any time you look. Costs and times have no upper bound: the usual 95 % for one look."
    return ["## Strategies", "", head, "|---|---|---|---|---|---|", *rows, "", note]


def _comparisons(made: Row) -> list[str]:
    head = f"| against {cell(made['strategies'][0]['label'])} | {made['observation']}s | difference | e-value | shown (Holm) | shown (e-BH) |"
    rows = [
        f"| {cell(one['strategy'])} | {one['n']:,} | {span(one['difference'], 3)} | {one['e_value']:.3g} "
        f"| {_yes(one['shown'])} | {_yes(one['shown_fdr'])} |"
        for one in made["comparisons"]
    ]
    return ["## Comparisons", "", head, "|---|---|---|---|---|---|", *rows, "", made["correction"]]


def _guards(made: Row) -> list[str]:
    if not made["guards"]:
        return ["## Stop rules", "", "None was set."]
    rows = [
        f"| {cell(one['strategy'])} | {one['watches']} | {one['limit']:g} | {'' if one['mean'] is None else format(one['mean'], '.6g')} "
        f"| {one['e_value']:.3g} of {one['needed']:.3g} | {one['crossed'] or ''} |"
        for one in made["guards"]
    ]
    head = "| strategy | watches | limit | mean | e-value, of what calls a stop | called after runs |"
    note = (
        f"A mean is shown above its limit when its e-value passes the bound, at any look; all rules together call falsely with at "
        f"most {made['alpha']:.0%}."
    )
    return ["## Stop rules", "", head, "|---|---|---|---|---|---|", *rows, "", note]


def _off_policy(made: Row) -> list[str]:
    found = made["off_policy"]
    if not found:
        text = "Every strategy answered every prompt and none draws its models: what only one of them would have reached is its own row above."
        return ["## What if", "", text]
    head = "| what if | from | rounds | effective | IPS | SNIPS | doubly robust |"
    rows = [
        f"| {cell(one['question'])} | {cell(one['from'])} | {one['n']:,} | {_number(one['effective'])} | {span(one['ips'], 3)} "
        f"| {span(one['snips'], 3)} | {span(one['doubly_robust'], 3)} |"
        for one in found
    ]
    said = [
        f"- {cell(one['question'])}: {one['refusal'] or one['warning']}"
        for one in found
        if one["refusal"] or one["warning"]
    ]
    return ["## What if", "", head, "|---|---|---|---|---|---|---|", *rows, *(["", *said] if said else [])]


def _disagreements(differ: Row) -> list[str]:
    if not differ["count"]:
        return []
    labels = [answer["strategy"] for answer in differ["rows"][0]["answers"]]
    head = f"| case | category | {' | '.join(map(cell, labels))} |"
    rows = [
        f"| {cell(row['case'])} | {cell(row['category'])} | "
        + " | ".join(f"{a['quality']:.2f} {cell(a['model'])}" for a in row["answers"])
        + " |"
        for row in differ["rows"]
    ]
    title = f"Strategies differ on {_count(differ['count'], 'prompt')}"
    shown = f"; the first {len(rows)}:" if differ["count"] > len(rows) else ":"
    return ["## Disagreements", "", title + shown, "", head, "|---" * (2 + len(labels)) + "|", *rows]


def _foot(made: Row) -> str:
    beyond = f", {made['beyond']:,} more wait for one before them" if made["beyond"] else ""
    fits = [
        f"{one['label']} as fitted ({key})"
        for one, key in zip(made["strategies"], made["learned"], strict=False)
        if key
    ]
    learned = f"; {cell(', '.join(fits))}, so no case marked train" if fits else ""
    return (
        f"{made['answered']:,} of {made['cases']:,} cases of {cell(made['suite'])} ({made['suite_key']}){beyond}; assigned: "
        f"{made['assign']}; seed {made['seed']}; specs {', '.join(made['specs'])}{learned}; workbench {made['workbench']}."
    )


def _votes(made: Row) -> str:
    rows = [
        f"| {cell(one['strategy'])} | {one['wins']} | {one['losses']} | {one['undecided']} | {span(one['win_rate'], 3)} "
        f"| {one['e_value']:.3g} | {_yes(one['shown'])} |"
        for one in made["comparisons"]
    ]
    base = cell(made["strategies"][0]["label"]) if made["strategies"] else ""
    head = f"| against {base} | wins | losses | undecided | win rate | e-value | shown (Holm) |"
    title = cell(made["name"] or made["id"])
    by_voter = any(one["observation"] == "voter" for one in made["comparisons"])
    how = "betting on voters' means where many voted several times, else beta-binomial" if by_voter else "beta-binomial"
    note = (
        f"{made['votes']:,} votes of {made['voters']:,} voters. Win rates: {how}, intervals hold at any time you look."
    )
    return "\n".join([f"# {title}", "", plain_text(made["sentence"]), "", head, "|---" * 7 + "|", *rows, "", note, ""])


def span(estimate: Mapping[str, float] | None, digits: int) -> str:
    if estimate is None:
        return ""
    value, low, high = (f"{estimate[name]:.{digits}f}" for name in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _plain(text: str) -> Piece:
    return {"kind": "plain", "text": text}


def _strong(text: str) -> Piece:
    return {"kind": "strong", "text": text}
