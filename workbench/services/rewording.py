"""Prompts in slightly other words, made without a model: does a router still choose the same?

RouterArena (arXiv 2510.00202, section 4) asks it with paraphrases, grammar changes and typing errors. Ours are typing errors, another
letter case, and politeness around the prompt: the same ones for the same prompt, always.
"""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import replace

from workbench.types import Message, Prompt, Text

ONE_IN = 12
"""Words of which one is mistyped."""


def reworded(prompt: Prompt) -> Prompt:
    """The prompt with its last user message in one of three other forms."""
    seed = hashlib.blake2b(prompt.id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    rng = random.Random(seed)  # noqa: S311 not for secrets: the same rewording each time
    form = rng.choice((mistyped, _other_case, _polite))
    at = max((i for i, m in enumerate(prompt.messages) if m.role == "user"), default=None)
    if at is None:
        return prompt
    said = prompt.messages[at]
    parts = tuple(Text(form(p.text, rng)) if isinstance(p, Text) else p for p in said.parts)
    messages = (*prompt.messages[:at], Message(said.role, parts), *prompt.messages[at + 1 :])
    return replace(prompt, messages=messages)


def mistyped(text: str, rng: random.Random) -> str:
    """Two neighbouring letters inside one word of twelve change places, at least once where a word is long enough."""
    words = list(re.finditer(r"[^\W\d_]{4,}", text))
    if not words:
        return text
    letters = list(text)
    for word in rng.sample(words, max(1, len(words) // ONE_IN)):
        i = rng.randrange(word.start() + 1, word.end() - 2)
        letters[i], letters[i + 1] = letters[i + 1], letters[i]
    return "".join(letters)


def _other_case(text: str, rng: random.Random) -> str:
    """All in small letters, as people type in a hurry; a text that is so already begins with a capital."""
    small = text.lower()
    return small if small != text else text[:1].upper() + text[1:]


def _polite(text: str, rng: random.Random) -> str:
    return f"Hi, could you please help me with this?\n\n{text}\n\nThank you."
