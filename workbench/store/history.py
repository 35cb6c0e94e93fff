"""Stored runs by filter, newest first, a page at a time. Sealed battles are never among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

from workbench.errors import BadInput

from .runs import Found, Reads

PAGE = 50
MAX_WORDS = 500
"""Characters of a prompt that a list shows."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty means any. Days are UTC, both included."""

    strategy: str = ""
    model: str = ""
    category: str = ""
    label: str = ""
    """The class that the strategy put the prompt in."""
    since: date | None = None
    until: date | None = None
    text: str = ""
    """Words that the prompt or the answer contains, in any case."""

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> Self:
        """From an address; names that are no filter are passed over. Raises BadInput for a day that is none."""
        values: dict[str, Any] = {f.name: given.get(f.name, "") for f in fields(cls)}
        for name in ("since", "until"):
            values[name] = _day(name, values[name])
        return cls(**values)


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput(f"{name} must be a day such as 2026-11-30, not {text!r}") from None


def condition(wanted: Filter) -> tuple[str, list[Any]]:
    """SQL on runs `r` joined with prompts `p`; whatever came from outside is among the parameters."""
    terms: list[tuple[str, Any]] = [
        ("r.strategy = ?", wanted.strategy),
        ("r.model = ?", wanted.model),
        ("r.category = ?", wanted.category),
        ("r.label = ?", wanted.label),
        ("r.created_at >= ?::timestamptz", wanted.since and f"{wanted.since}T00:00:00+00:00"),
        ("r.created_at <= ?::timestamptz", wanted.until and f"{wanted.until}T23:59:59.999999+00:00"),
        ("contains(lower(p.text || chr(10) || r.text), lower(?))", wanted.text),
    ]
    used = [(sql, value) for sql, value in terms if value]
    return " and ".join(["true", *(sql for sql, _ in used)]), [value for _, value in used]


_BESIDE = """
left join prompts p on p.key = r.prompt_key left join battles b on b.id = r.battle_id
left join (select battle_id, any_value(choice) as choice, any_value(kind) as kind,
                  any_value(winners) as winners, any_value(losers) as losers
           from votes group by battle_id) v on v.battle_id = r.battle_id
"""
FROM = f"from open_runs r {_BESIDE}"
VERDICT = """
case when v.kind = 'agreement' then 'same answer' when v.kind is null or v.kind = 'skip' then ''
     when v.choice in ('tie', 'both_bad', 'all_bad') then replace(v.choice, '_', ' ')
     when json_contains(v.winners, json_quote(r.id)) then 'won'
     when json_contains(v.losers, json_quote(r.id)) then 'lost' else '' end
"""
"""An answer that a retry replaced, or that came after the vote, neither won nor lost."""


async def page(store: Reads, wanted: Filter, before: str = "", size: int = PAGE) -> dict[str, Any]:
    """{runs, next, total, facets}: `next` goes into the following call's `before`, None on the last page."""
    where, params = condition(wanted)
    cut = [before] if before else []
    source = _source(wanted)
    rows = await store.read(_page(source, where, bool(before)), [*params, *cut, size + 1])
    runs = await _marked(store, rows[:size])
    totals = await store.read(f"select count(*) as n {source} where {where}", params)
    return {
        "runs": runs,
        "next": runs[-1]["id"] if len(rows) > size else None,
        "total": totals[0]["n"],
        "facets": await facets(store),
    }


def _source(wanted: Filter) -> str:
    """What the filters need, and no more: with a million runs every join counts."""
    return "from open_runs r" + (" left join prompts p on p.key = r.prompt_key" if wanted.text else "")


_PAGE = """
with shown as (select r.* {source} where {where} {older} order by r.created_at desc, r.id desc limit ?)
select r.id, left(p.text, {words}) as prompt, r.strategy, r.model, r.label, r.category, r.latency_s, r.ttft_s,
  r.cost_usd, r.nominal, r.error, r.created_at, b.comparison_id, {verdict} as vote
from shown r {beside} order by r.created_at desc, r.id desc
"""


def _page(source: str, where: str, later: bool) -> str:
    older = "and (r.created_at, r.id) < (select (created_at, id) from runs where id = ?)" if later else ""
    return _PAGE.format(source=source, where=where, older=older, words=MAX_WORDS, verdict=VERDICT, beside=_BESIDE)


# What events.Run.cut says, of stored runs: no call that ended well has the answer's text, but one that failed has it.
_CUT = """
select r.id from runs r join calls c on c.run_id = r.id
where list_contains(?, r.id) and r.model <> '' and c.model = r.model and c.text = r.text
group by r.id having bool_and(c.finish = '')
"""


async def _marked(store: Reads, runs: list[Found]) -> list[Found]:
    """With `cut`: the answer broke off, and what had come of it was kept."""
    cut = {row["id"] for row in await store.read(_CUT, [[run["id"] for run in runs]])} if runs else set()
    return [run | {"cut": run["id"] in cut} for run in runs]


_FACETS = """
select list_sort(list(distinct strategy)) as strategy, list_sort(list(distinct model)) as model,
  list_sort(list(distinct category)) as category, list_sort(list(distinct label)) as label from open_runs
"""


async def facets(store: Reads) -> dict[str, list[str]]:
    """Values that a filter can choose from."""
    found: Found = (await store.read(_FACETS))[0]
    return {name: [value for value in values or [] if value] for name, values in found.items()}
