"""README tells the truth: its commands run, its snippets work, its tables are current."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli import parser
from workbench.services.specs import registry

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
TABLE = re.compile(r"(<!-- strategies:.*?-->\n)(.*?)(\n?<!-- /strategies -->)", flags=re.DOTALL)
BENCH = re.compile(r"(<!-- bench:.*?-->\n)(.*?)(\n?<!-- /bench -->)", flags=re.DOTALL)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Every shell line, in order, without its comment."""
    lines = "".join(blocks("sh")).splitlines()
    return [line.split("  # ")[0].strip() for line in lines if line.strip()]


def environ(home: Path, strategies: Path | None = None) -> dict[str, str]:
    """A user's shell with the virtual environment activated; another strategies folder may go before ours."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    kept |= {"WORKBENCH_HOME": str(home), "PATH": f"{BIN}{os.pathsep}{kept['PATH']}"}
    return kept | ({"PYTHONPATH": f"{strategies}{os.pathsep}{ROOT}"} if strategies else {})


def shell(command: str, env: dict[str, str], folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], env=env, cwd=folder, capture_output=True, text=True, timeout=300)


def strategy_table() -> str:
    known = registry()
    rows = ["| strategy | what it does | parameters |", "|---|---|---|"]
    for name in known.names():
        params = ", ".join(f"`{p.name}`" for p in known.params(name))
        rows.append(f"| `{name}` | {known.doc(name).splitlines()[0]} | {params} |")
    return "\n".join(rows)


def bench_table() -> str:
    """The first table of what `workbench bench strategies --markdown` printed, which tests/bench/test_strategies.py keeps current."""
    return (ROOT / "data" / "bench.md").read_text(encoding="utf-8").split("\n\n")[0]


def test_strategy_table_is_current() -> None:
    table = TABLE.search(README)
    assert table is not None
    assert table[2] == strategy_table(), "run python -m tests.test_readme, which writes it into README.md"


def test_bench_table_is_the_one_that_was_measured() -> None:
    table = BENCH.search(README)
    assert table is not None
    assert table[2] == bench_table(), "run python -m tests.test_readme, which writes it into README.md"


def test_first_screen_says_what_for_whom_how_and_shows_it() -> None:
    screen = README.split("\n## ")[0]
    assert [line.split()[:2] for line in blocks("sh")[0].splitlines()] == [["make", "app"], ["make", "test"]]
    assert "For engineers" in screen
    assert re.search(r"!\[.+\]\(data/compare\.png\)", screen)
    assert len([line for line in blocks("python")[0].splitlines() if line.strip()]) == 8
    assert blocks("python")[0] in screen


def test_every_file_it_names_exists() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert {"LICENSE", "CHANGELOG.md", "data/compare.png"} <= set(links)
    assert [link for link in links if not (ROOT / link).is_file()] == []


@pytest.mark.parametrize("target", re.findall(r"\bmake (app|test|slow|lock|clean)\b", README))
def test_make_knows_every_target_it_names(target: str, tmp_path: Path) -> None:
    assert shell(f"make --dry-run {target}", environ(tmp_path)).returncode == 0


def test_every_verb_it_names_exists() -> None:
    verbs = set(re.findall(r"\bworkbench ([a-z]+)\b(?= |`|$)", "\n".join([*commands(), *_quoted()])))
    assert verbs <= set(_verbs())


def test_exit_codes_are_those_of_the_help_text() -> None:
    codes = re.findall(r"^\| (\d+) \| (.*?) \|$", README, flags=re.MULTILINE)
    assert codes == re.findall(r"^  (\d+) +(.*)$", parser().epilog or "", flags=re.MULTILINE)


@pytest.mark.parametrize("snippet", blocks("python"))
def test_strategy_snippet_is_listed_and_routes_once_saved(snippet: str, tmp_path: Path) -> None:
    name = re.search(r"class (\w+)\(", snippet)
    assert name is not None
    shutil.copytree(ROOT / "strategies", tmp_path / "strategies")
    (tmp_path / "strategies" / f"{name[1].lower()}.py").write_text(snippet)
    models = '[[models]]\nid = "a"\nprovider = "scripted"\nprice_out = 1\n[[models]]\nid = "b"\nprovider = "scripted"\nprice_out = 2\n'
    (tmp_path / "models.toml").write_text(models)
    env = environ(tmp_path, tmp_path)
    listed = shell("workbench strategies --json", env, tmp_path)
    assert name[1].lower() in [s["name"] for s in json.loads(listed.stdout)], listed.stderr
    for prompt, model in (("Say hello", "a"), ("word " * 40, "b")):
        route = shell(f"workbench route '{prompt}' --strategy {name[1].lower()} --pool b,a --json", env, tmp_path)
        assert json.loads(route.stdout)["model"] == model, route.stderr


def test_models_toml_snippet_adds_its_model(tmp_path: Path) -> None:
    (tmp_path / "models.toml").write_text(blocks("toml")[0])
    listed = shell("workbench models --json", environ(tmp_path), tmp_path)
    assert "my-llama" in [m["id"] for m in json.loads(listed.stdout)], listed.stderr


@pytest.mark.models
def test_every_command_it_shows_runs(tmp_path: Path) -> None:
    """On the real local models, in the order of the page, with the first snippet saved as it says."""
    shutil.copytree(ROOT / "strategies", tmp_path / "strategies")
    (tmp_path / "strategies" / "brief.py").write_text(blocks("python")[0])
    env = environ(tmp_path / "home", tmp_path) | {"WANDB_MODE": "offline"}
    for command in commands():
        if not command.startswith("make "):
            done = shell(f"set -o pipefail; {command}", env, tmp_path)
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            assert "Traceback" not in done.stderr, f"{command}\n{done.stderr}"


def _quoted() -> list[str]:
    return re.findall(r"`(workbench [^`]+)`", README)


def _verbs() -> list[str]:
    action = next(a for a in parser()._actions if a.dest == "run" or a.choices)
    return list(action.choices or ())


if __name__ == "__main__":
    written = TABLE.sub(lambda found: found[1] + strategy_table() + found[3], README)
    written = BENCH.sub(lambda found: found[1] + bench_table() + found[3], written)
    (ROOT / "README.md").write_text(written, encoding="utf-8")
