"""Words that an answer must have: all of `data.all`, one of `data.any`, none of `data.none`; or just the reference."""

from __future__ import annotations

from workbench.errors import BadInput
from workbench.types import Case

from ._grader import Grade, Grader
from .exact import plain


class Contains(Grader):
    def grade(self, case: Case, text: str) -> Grade:
        wanted = {name: _words(case, name) for name in ("all", "any", "none")}
        if not any(wanted.values()):
            if not case.reference:
                raise BadInput(f"case {case.prompt.id}: contains needs a reference, or data.all, data.any or data.none")
            wanted["all"] = [case.reference]
        said = plain(text)
        if missing := [w for w in wanted["all"] if plain(w) not in said]:
            return Grade(0.0, f"lacks {', '.join(missing)}")
        if wanted["any"] and not any(plain(w) in said for w in wanted["any"]):
            return Grade(0.0, f"has none of {', '.join(wanted['any'])}")
        if present := [w for w in wanted["none"] if plain(w) in said]:
            return Grade(0.0, f"has {', '.join(present)}")
        return Grade(1.0, "has what it must")


def _words(case: Case, name: str) -> list[str]:
    found = case.data.get(name, [])
    if not isinstance(found, list) or not all(isinstance(w, str) for w in found):
        raise BadInput(f"case {case.prompt.id}: data.{name} must be a list of words")
    return found
