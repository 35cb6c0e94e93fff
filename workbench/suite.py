"""A suite: cases with what it takes to grade an answer, one JSON object a line of `data/suites/NAME.jsonl`.

Keys of a line: id, category, prompt, reference, grader; and, where wanted, context (the messages before the prompt, as
OpenAI writes them), split (train or test), user (who asked: cases of one user hang together), data (what the grader
needs besides). Run as a module it makes a suite from a recipe of reasoning-gym tasks.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import BadInput
from .outcomes import message
from .settings import shipped
from .types import Case, Model, Prompt, assistant, content_key, system, user

FIELDS = {
    "id": str,
    "category": str,
    "prompt": str,
    "context": list,
    "reference": str,
    "grader": str,
    "split": str,
    "user": str,
    "data": dict,
}
NEEDED = ("id", "category", "prompt", "grader")


@dataclass(frozen=True, slots=True)
class Suite:
    name: str
    lines: tuple[Mapping[str, Any], ...]

    @property
    def key(self) -> str:
        """Hash of all cases: two suites of one key ask and grade the same."""
        return content_key([dict(line) for line in self.lines])

    def cases(self, models: Sequence[Model]) -> Iterator[Case]:
        """The cases with these candidates."""
        pool = tuple(models)
        for line in self.lines:
            said = (*map(message, line.get("context", ())), user(line["prompt"]))
            tags = {name: line[name] for name in ("category", "user") if line.get(name)}
            prompt = Prompt(line["id"], said, pool, tags)
            split, data = line.get("split", "test"), line.get("data", {})
            yield Case(prompt, line.get("reference"), line["grader"], split, data)


def names(home: Path | None = None) -> dict[str, Path]:
    """The suites that ship, and those in a user's own folder, which win."""
    folders = [shipped("suites"), *([home / "suites"] if home else [])]
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.jsonl"))}


def load(name: str, home: Path | None = None) -> Suite:
    """A suite by name, or by the path of its file. Raises BadInput, which names file and line."""
    path = Path(name)
    if path.suffix == ".jsonl":
        return Suite(path.stem, _read(path))
    known = names(home)
    if name not in known:
        raise BadInput(f"no suite named {name!r}; there are {', '.join(known)}; or give the path of a .jsonl file")
    return Suite(name, _read(known[name]))


def _read(path: Path) -> tuple[Mapping[str, Any], ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the suite {path} cannot be read: {error}") from None
    lines = [_line(path, n, raw) for n, raw in enumerate(text.split("\n"), 1) if raw.strip()]
    if not lines:
        raise BadInput(f"the suite {path} has no cases")
    seen: set[str] = set()
    for line in lines:
        if line["id"] in seen:
            raise BadInput(f"{path}: the id {line['id']!r} stands twice; ids must differ")
        seen.add(line["id"])
    return tuple(lines)


def _line(path: Path, n: int, raw: str) -> Mapping[str, Any]:
    try:
        line = json.loads(raw)
    except ValueError as error:
        raise BadInput(f"{path}, line {n} is not JSON: {error}") from None
    if not isinstance(line, dict):
        raise BadInput(f"{path}, line {n} is not a JSON object")
    for name in NEEDED:
        if not line.get(name):
            raise BadInput(f"{path}, line {n} has no {name}")
    for name, value in line.items():
        if name not in FIELDS or not isinstance(value, FIELDS[name]):
            wanted = f"{name} must be {FIELDS[name].__name__}" if name in FIELDS else f"there is no field {name!r}"
            raise BadInput(f"{path}, line {n}: {wanted}; fields are {', '.join(FIELDS)}")
    return line


def generate(recipe: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Cases of reasoning-gym tasks: `each` different puzzles a family, from one seed; even numbers train, odd ones test.

    Before each puzzle stand two solved ones of its family, made from the next seed: they show small models the form.
    """
    import reasoning_gym

    seed, each = recipe["seed"], recipe["each"]
    for task, config in recipe["families"].items():
        shown = reasoning_gym.create_dataset(task, size=2, seed=seed + 1, **config)
        context = [system(recipe["system"])]
        for entry in shown:
            context += [user(entry["question"].strip()), assistant(entry["answer"])]
        dataset = reasoning_gym.create_dataset(task, size=20 * each, seed=seed, **config)
        asked = {entry["question"] for entry in shown}
        for n, (index, entry) in enumerate(_different(dataset, each, asked), 1):
            yield {
                "id": f"{task}-{n:03}",
                "category": task,
                "context": [m.as_json() for m in context],
                "prompt": entry["question"].strip(),
                "reference": entry["answer"],
                "grader": "reasoning_gym",
                "split": "test" if n % 2 else "train",
                "data": {"task": task, "seed": seed, "index": index, "config": config},
            }


def _different(dataset: Any, count: int, asked: set[str]) -> list[tuple[int, Any]]:
    """The first entries of which no two ask the same, and none what was asked before."""
    entries: dict[str, tuple[int, Any]] = {}
    for index in range(len(dataset)):
        entry = dataset[index]
        if entry["question"] not in asked:
            entries.setdefault(entry["question"], (index, entry))
        if len(entries) == count:
            break
    return list(entries.values())


def main(recipe: Path) -> None:
    """Write the suite that a recipe describes beside it."""
    import tomllib

    lines = generate(tomllib.loads(recipe.read_text(encoding="utf-8")))
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    recipe.with_suffix(".jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
