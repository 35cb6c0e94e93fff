"""Models by the language of the prompt; another strategy chooses where several may answer.

Detects the language of the last user message by its script and by function words and letters that are particular to a language, in its
first 1,000 characters. A language that is not named in the map goes to the models of `other`, or to the whole pool; so does a text whose
language cannot be told.

Source: the small-word method (Grefenstette, 1995).
Learns from: nothing but what the inner strategy learns from.
Deciding costs: tens of microseconds beside the inner strategy's decision.
Score: the inner strategy's; a model left out has 1 less than the worst that was not.
"""

from __future__ import annotations

from dataclasses import dataclass

from strategies._languages import LANGUAGES, UNKNOWN, detect
from strategies._narrowing import Kept, Narrowing
from strategies._pool import member
from workbench.errors import BadParameter
from workbench.strategy import param
from workbench.types import Prompt

OTHER = "other"


@dataclass
class Language(Narrowing):
    models: str = param(
        "", "Who answers which language: zh=model-a, de=model-b+model-c, other=model-d. Empty: the pool."
    )

    def narrow(self, prompt: Prompt) -> Kept:
        served = _parsed(self.models)
        found = detect(prompt.text)
        key = found.language if found.language in served else OTHER
        name = LANGUAGES.get(found.language, found.language)
        why = f"{name} ({', '.join(found.seen)})" if found.seen else name
        features: dict[str, float | str] = {"language": found.language, "language words": ", ".join(found.seen)}
        if key not in served:
            return Kept(prompt.models, why, found.language, features)
        chosen = {member(f"language.models: {key}", model, prompt.models) for model in served[key]}
        return Kept(tuple(m for m in prompt.models if m.id in chosen), why, found.language, features)


def _parsed(text: str) -> dict[str, list[str]]:
    """Models by language code. Raises BadParameter for what is no map or no known language."""
    served: dict[str, list[str]] = {}
    for pair in filter(str.strip, text.split(",")):
        code, _, names = (part.strip() for part in pair.partition("="))
        models = [name.strip() for name in names.split("+") if name.strip()]
        if not models:
            raise BadParameter(f"language.models must look like zh=model-a, de=model-b+model-c, not {text!r:.80}")
        if code not in LANGUAGES and code not in (OTHER, UNKNOWN):
            known = ", ".join([*LANGUAGES, UNKNOWN, OTHER])
            raise BadParameter(f"language.models: no language {code!r}; there are {known}")
        served[code] = models
    return served
