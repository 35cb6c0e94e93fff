"""The locks hold what pyproject.toml asks for, by hash, from no particular index, and no torch."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-test.lock")


def entries(lock: str) -> dict[str, list[tuple[Requirement, str]]]:
    """Pins by name, each with its text: a name may be pinned twice, under different markers."""
    body = re.sub(r"^\s*#.*\n?", "", (ROOT / lock).read_text(), flags=re.MULTILINE)
    pins: dict[str, list[tuple[Requirement, str]]] = {}
    for block in re.split(r"\n(?=\S)", body.strip()):
        requirement = Requirement(block.split("\\")[0].split("--hash")[0].strip())
        pins.setdefault(canonicalize_name(requirement.name), []).append((requirement, block))
    return pins


def declared(*extras: str) -> list[Requirement]:
    """What the project asks for, and these extras; an extra may name others of the project's own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(text) for text in project["dependencies"]]
    for extra in extras:
        asked = [Requirement(text) for text in project["optional-dependencies"][extra]]
        own = [name for one in asked if one.name == project["name"] for name in one.extras]
        wanted += [one for one in asked if one.name != project["name"]] + (declared(*own) if own else [])
    return wanted


@pytest.mark.parametrize(("lock", "extras"), [(LOCKS[0], ("build",)), (LOCKS[1], ("build", "test"))])
def test_lock_satisfies_every_declared_dependency(lock: str, extras: tuple[str, ...]) -> None:
    pins = entries(lock)
    for wanted in declared(*extras):
        locked = pins[canonicalize_name(wanted.name)]
        versions = [str(pin.specifier).removeprefix("==") for pin, _ in locked]
        assert all(wanted.specifier.contains(v, prereleases=True) for v in versions), wanted.name


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_hashed(lock: str) -> None:
    for pins in entries(lock).values():
        for pin, block in pins:
            assert re.fullmatch(r"==[\w.+!]+", str(pin.specifier)), pin
            assert "--hash=sha256:" in block, pin


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_index_and_no_host(lock: str) -> None:
    assert not re.search(r"https?://|file:|--(extra-)?index-url|--find-links|@ ", (ROOT / lock).read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_pulls_no_torch_and_no_cuda(lock: str) -> None:
    assert not [name for name in entries(lock) if re.match(r"torch|nvidia|cuda|triton", name)]


def test_tests_run_on_the_versions_the_app_installs() -> None:
    app, test = (entries(lock) for lock in LOCKS)
    assert {name: [str(p) for p, _ in pins] for name, pins in app.items()} == {
        name: [str(p) for p, _ in test[name]] for name in app
    }


def test_litellm_is_pinned_and_not_to_a_compromised_release() -> None:
    pin = next(r for r in declared() if r.name == "litellm")
    assert str(pin.specifier).startswith("==")
    assert str(pin.specifier).removeprefix("==") not in {"1.82.7", "1.82.8"}
