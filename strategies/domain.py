"""Prompts of finance, healthcare, law and gaming by the rules of their policy pack; another strategy chooses.

A pack (data/domains/*.toml, yours over ours in the folder `domains` of your home) says by which words its prompts are known, which
models, tags and regions may answer them, and which disclaimer every answer must carry: it is added where the model did not say it, except
to JSON that was asked for. A prompt of two domains keeps the rules of both. Packs are read again when they change. Reads the last user
message, its first 4,000 characters. The decision names the domain and the words that told it.

Source: policy routing by rules that are data.
Learns from: nothing but what the inner strategy learns from.
Deciding costs: about a tenth of a millisecond beside the inner strategy's decision.
Score: the inner strategy's; a model left out has 1 less than the worst that was not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from strategies._disclaimer import Disclaiming
from strategies._domains import PACKS, READ, Pack, words_in
from strategies._narrowing import Kept, Narrowing, telling
from strategies._needs import structured
from workbench.errors import BadInput, BadParameter
from workbench.session import Session
from workbench.strategy import param
from workbench.types import Answer, Prompt


@dataclass
class Domain(Narrowing):
    packs: str = param("", "Which packs are in force, such as finance,legal; empty means all there are.")

    def narrow(self, prompt: Prompt) -> Kept:
        return self._kept(prompt, self._matched(prompt))

    async def run(self, prompt: Prompt, session: Session) -> Answer:
        matched = self._matched(prompt)
        kept = self._kept(prompt, matched)
        narrowed, provider = replace(prompt, models=kept.models), session.provider
        if disclaimer := _disclaimer(prompt, matched):
            provider = Disclaiming(provider, disclaimer)
        emit = telling(session, kept, prompt)
        return await self.inner.run(narrowed, session.on(narrowed, provider=provider, emit=emit))

    def _matched(self, prompt: Prompt) -> dict[Pack, tuple[str, ...]]:
        """The packs that this prompt is of, most cues first."""
        text = prompt.text[:READ].lower()
        words = words_in(text)
        found = {pack: cues for pack in self._in_force() if (cues := pack.matched(text, words))}
        return dict(sorted(found.items(), key=lambda pair: -sum(pair[0].cues[cue] for cue in pair[1])))

    def _in_force(self) -> list[Pack]:
        known = PACKS.all()
        names = [name.strip() for name in self.packs.split(",") if name.strip()] or list(known)
        if missing := [name for name in names if name not in known]:
            raise BadParameter(f"domain.packs: no pack {', '.join(missing)}; there are {', '.join(known)}")
        return [known[name] for name in names]

    def _kept(self, prompt: Prompt, matched: dict[Pack, tuple[str, ...]]) -> Kept:
        if not matched:
            return Kept(prompt.models, features={"domain": "none"})
        models = tuple(m for m in prompt.models if all(pack.allows(m) for pack in matched))
        if not models:
            terms = "; ".join(f"{pack.name}.toml allows {pack.terms}" for pack in matched if pack.terms)
            raise BadInput(
                f"no model of this pool may answer a prompt of {_names(matched)}: {terms}. Add such a model to the pool, or "
                f"change the pack in {PACKS.places}"
            )
        cues = {f"{pack.name} words": ", ".join(seen) for pack, seen in matched.items()}
        why = "; ".join(f"{pack.title} ({', '.join(seen[:4])})" for pack, seen in matched.items())
        features: dict[str, float | str] = {"domain": _names(matched), **cues}
        if said := _disclaimer(prompt, matched):
            features["disclaimer"] = said
        return Kept(models, why, next(iter(matched)).name, features)


def _names(matched: dict[Pack, tuple[str, ...]]) -> str:
    return " and ".join(pack.name for pack in matched)


def _disclaimer(prompt: Prompt, matched: dict[Pack, tuple[str, ...]]) -> str:
    """What the answer must say. Nothing may stand beside JSON that was asked for."""
    return "" if structured(prompt.request) else "\n".join(pack.disclaimer for pack in matched if pack.disclaimer)
