"""The command as users run it: scripted models, a home of its own, real processes where the process matters."""

from __future__ import annotations

import csv
import io
import json
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.command import COMMAND, document, environ, process, run

MODELS = """
[[models]]
id = "small"
provider = "scripted"
price_in = 1.0
price_out = 2.0
nominal = true
options = { text = "A short answer." }
[[models]]
id = "big"
provider = "scripted"
price_in = 10.0
price_out = 20.0
options = { text = "A long answer, שלום 🦜." }
[[models]]
id = "broken"
provider = "scripted"
options = { fault = "500" }
[[models]]
id = "slow"
provider = "scripted"
options = { latency_s = 0.2, tokens_per_s = 5, words = 200 }
[[models]]
id = "rude"
provider = "scripted"
options = { text = "\\u001b[2J gone" }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "models.toml").write_text(MODELS, encoding="utf-8")
    return folder


def test_help_names_every_verb_and_exit_code_in_little_time(home: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = process(home, "--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    for verb in ("app", "ask", "route", "models", "strategies", "sync", "export", "query", "doctor", "bench"):
        assert re.search(rf"^ +{verb}\s", done.stdout, re.MULTILINE), verb
    for code in ("0 ", "1 ", "2 ", "130 "):
        assert f"\n  {code}" in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0  # a quiet machine needs 0.16 s


def test_help_imports_nothing_heavy(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "workbench.cli", "--help"],
        env=environ(home),
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    assert loaded & {"gradio", "litellm", "duckdb", "polars", "httpx", "fastapi", "wandb", "asyncio", "numpy"} == set()


def test_ask_answers_then_says_class_model_why_tokens_cost_and_latency(home: Path) -> None:
    done = process(home, "ask", "What is the capital of France?", "--pool", "small,big")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("A short answer.\n\n")
    facts = dict(line.split(None, 1) for line in done.stdout.splitlines()[2:])
    assert facts["class"] == "simple"
    assert facts["model"] == "small"
    assert facts["why"].startswith("simple (")
    assert " in, " in facts["tokens"]
    assert facts["cost"].endswith("(nominal)")
    assert " s, first token " in facts["latency"]


def test_a_price_that_is_real_is_not_called_nominal(home: Path) -> None:
    found = document(home, "ask", "hello", "--strategy", "fixed", "--param", "model=big", "--pool", "small,big")
    assert found["nominal"] is False
    assert found["text"] == "A long answer, שלום 🦜."


def test_ask_is_logged_with_its_calls_and_decision(home: Path) -> None:
    found = document(home, "ask", "hello", "--pool", "small,big", "--system", "Be brief.", "--max-tokens", "30")
    (row,) = document(home, "query", f"select * from runs where id = '{found['run']}'")
    assert (row["strategy"], row["model"], row["text"]) == ("complexity", "small", "A short answer.")
    (call,) = document(home, "query", "select model, role, params from calls")
    assert call == {"model": "small", "role": "answer", "params": {"temperature": 0.2, "max_tokens": 30}}
    (decision,) = document(home, "query", "select propensity, scores from decisions")
    assert decision["propensity"] == 1.0
    assert set(decision["scores"]) == {"small", "big"}
    (prompt,) = document(home, "query", "select messages from prompts")
    assert [m["role"] for m in prompt["messages"]] == ["system", "user"]


def test_questions_asked_alike_are_one_experiment(home: Path) -> None:
    for prompt in ("one", "two"):
        run(home, "ask", prompt, "--pool", "small")
    run(home, "ask", "three", "--pool", "small", "--temperature", "1")
    counted = document(home, "query", "select kind, count(*) as n from experiments group by all")
    assert counted == [{"kind": "ask", "n": 2}]


def test_prompt_is_read_from_standard_input(home: Path) -> None:
    done = run(home, "ask", "-", "--pool", "small", "--json", stdin="مرحبا بالعالم".encode())
    assert done.returncode == 0, done.stderr
    assert document(home, "query", "select text from prompts") == [{"text": "مرحبا بالعالم"}]


@pytest.mark.parametrize(
    ("stdin", "reason"),
    [(b"", "the prompt is empty"), (b"\xff\xfe\x00", "not UTF-8 text"), (bytes(200), "binary data")],
)
def test_prompt_that_is_no_text_is_refused(home: Path, stdin: bytes, reason: str) -> None:
    done = run(home, "ask", "-", "--pool", "small", stdin=stdin)
    assert done.returncode == 1
    assert reason in done.stderr
    assert done.stdout == ""


def test_prompt_too_long_for_every_model_is_refused(home: Path) -> None:
    done = run(home, "ask", "-", "--pool", "small", stdin=b"word " * 200_000)
    assert done.returncode == 1
    assert "shorten it" in done.stderr


def test_terminal_controls_of_a_model_do_not_reach_the_terminal(home: Path) -> None:
    done = run(home, "ask", "hello", "--pool", "rude")
    assert "\x1b" not in done.stdout
    assert "gone" in done.stdout


def test_failed_call_is_told_and_the_next_model_answers(home: Path) -> None:
    done = run(home, "ask", "hello", "--strategy", "fallback", "--param", "inner=fixed", "--pool", "broken,small")
    assert done.returncode == 0
    assert "broken failed" in done.stderr
    assert done.stdout.startswith("A short answer.")


def test_failed_run_is_exit_code_1_and_logged(home: Path) -> None:
    done = run(home, "ask", "hello", "--pool", "broken", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error_kind"] == "server"
    assert document(home, "query", "select error_kind, model from runs") == [{"error_kind": "server", "model": ""}]


def test_budget_stops_a_run_before_it_spends(home: Path) -> None:
    done = run(home, "ask", "hello", "--pool", "big", "--budget", "0.0000001", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["error_kind"], found["cost_usd"]) == (1, "budget", 0.0)


def test_cascade_that_keeps_its_draft_prints_it_once(home: Path) -> None:
    threshold = ["--param", "threshold=-10"]
    done = run(home, "ask", "hello", "--strategy", "cascade", *threshold, "--pool", "small,big")
    assert done.stdout.count("answer") >= 1
    assert done.stdout.count("A short answer.") + done.stdout.count("A long answer") == 1


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--strategy", "nope"], "bandit, best_of, "),
        (["--param", "nope=1"], "complexity has no parameter 'nope'"),
        (["--param", "complex_from=x"], "must be a number"),
        (["--pool", "nope"], "no model 'nope'"),
        (["--pool", "gpt-4.1-nano"], "set OPENAI_API_KEY"),
    ],
)
def test_what_is_unknown_is_named_with_what_there_is(home: Path, args: list[str], reason: str) -> None:
    done = run(home, "ask", "hello", *args)
    assert done.returncode == 1
    assert reason in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["nope"],
        ["ask"],
        ["ask", "x", "--temperature", "3"],
        ["ask", "x", "--param", "a"],
        ["export", "x"],
        ["ask", "x", "--strat", "y"],
    ],
)
def test_wrong_command_line_is_exit_code_2(home: Path, args: list[str]) -> None:
    done = run(home, *args)
    assert done.returncode == 2
    assert "usage: workbench" in done.stderr


@pytest.mark.parametrize(("left_out", "told"), [((), "open the workbench in a browser"), (("learn",), "rollback")])
def test_where_a_verb_is_left_out_all_are_told(home: Path, left_out: tuple[str, ...], told: str) -> None:
    done = run(home, *left_out)
    assert done.returncode == 2
    assert told in done.stderr


def test_route_decides_without_calling_or_writing(home: Path) -> None:
    found = document(home, "route", "Prove step by step why this algorithm terminates", "--pool", "broken,small,big")
    assert found["class"] in ("simple", "moderate", "complex")
    assert set(found["scores"]) == {"broken", "small", "big"}
    assert found["why"]
    assert sorted(p.name for p in home.iterdir()) == ["models.toml"]


def test_route_works_for_models_whose_key_is_missing(home: Path) -> None:
    assert document(home, "route", "hello", "--strategy", "cheapest", "--pool", "gpt-4.1-nano,small")["model"]


def test_route_says_when_a_strategy_cannot_decide_alone(home: Path) -> None:
    done = run(home, "route", "hello", "--strategy", "cascade")
    assert done.returncode == 1
    assert "cascade is no router, so which models it asks hangs on how its calls go" in done.stderr
    assert "`workbench ask --strategy cascade` asks them" in done.stderr
    assert ", complexity, " in done.stderr
    inside = run(home, "route", "hello", "--strategy", "capability", "--param", "inner=cascade")
    assert "cascade, which capability wraps, is no router" in inside.stderr


def test_models_are_listed_usable_or_with_the_reason_why_not(home: Path) -> None:
    found = {m["id"]: m for m in document(home, "models")}
    assert found["small"]["usable"] is True
    assert "OPENAI_API_KEY" in found["gpt-4.1-nano"]["reason"]
    with_key = {m["id"]: m for m in document(home, "models", OPENAI_API_KEY="sk-not-printed")}
    assert with_key["gpt-4.1-nano"]["usable"] is True
    assert "sk-not-printed" not in run(home, "models", OPENAI_API_KEY="sk-not-printed").stdout


def test_models_tell_how_each_did_lately_and_what_its_breaker_does(home: Path) -> None:
    for _ in range(5):
        run(home, "ask", "Say hi", "--strategy", "fixed", "--pool", "broken")
    run(home, "ask", "Say hi", "--strategy", "fixed", "--pool", "small")
    found = {m["id"]: m for m in document(home, "models")}
    assert (found["broken"]["breaker"]["state"], found["broken"]["error_rate"]) == ("open", 1.0)
    assert (found["small"]["breaker"]["state"], found["small"]["error_rate"]) == ("closed", 0.0)
    assert "breaker open for" in run(home, "models").stdout
    refused = run(home, "ask", "Say hi", "--strategy", "fixed", "--pool", "broken")
    assert "broken is left alone for" in refused.stderr


def test_an_answer_that_broke_off_is_shown_once_and_said_to_be_cut(home: Path) -> None:
    text = '[[models]]\nid = "cutting"\nprovider = "scripted"\noptions = { fault = { name = "cut", after = 5 } }\n'
    (home / "models.toml").write_text(text, encoding="utf-8")
    asked = ("ask", "Say hi", "--strategy", "fallback", "--pool", "cutting")
    done = run(home, *asked)
    words = document(home, *asked)["text"].strip()
    assert done.returncode == 0
    assert done.stdout.count(words) == 1
    assert "the answer broke off here; what had come is kept" in done.stdout
    assert "cutting failed: cutting: the answer stopped in the middle" in done.stderr


def test_pull_of_an_unknown_model_names_the_known(home: Path) -> None:
    done = run(home, "models", "pull", "nope")
    assert done.returncode == 1
    assert "smollm2-135m" in done.stderr


def test_strategies_are_listed_with_docs_and_parameters(home: Path) -> None:
    found = {s["name"]: s for s in document(home, "strategies")}
    assert {"cascade", "cheapest", "complexity", "fallback", "fixed", "random", "round_robin"} <= set(found)
    assert next(p for p in found["cascade"]["params"] if p["name"] == "threshold")["default"] == -0.4
    lines = run(home, "strategies").stdout.splitlines()
    assert len(lines) == len(found) + 2
    assert "fixed            Always the same model." in lines
    assert next(line for line in lines if line.startswith("knn")).endswith("(not fitted yet)")
    shown = run(home, "strategies", "random").stdout
    assert "propensity" in shown
    assert "--param floor=0.02" in shown


@pytest.mark.parametrize(
    "sql", ["drop table runs", "insert into specs (key) values ('x')", "nonsense", "select 1; drop"]
)
def test_query_reads_and_nothing_else(home: Path, sql: str) -> None:
    done = run(home, "query", sql)
    assert done.returncode == 1
    assert done.stdout == ""
    assert document(home, "query", "select count(*) as n from runs") == [{"n": 0}]


def test_query_reads_no_files(home: Path) -> None:
    done = run(home, "query", f"select * from read_text('{home}/models.toml')")
    assert done.returncode == 1
    assert "provider" not in done.stdout


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_export_writes_every_run(home: Path, tmp_path: Path, form: str) -> None:
    for prompt in ("one", "=two"):
        run(home, "ask", prompt, "--pool", "big")
    out = tmp_path / f"runs.{form}"
    assert document(home, "export", "runs", "--out", str(out))["rows"] == 2
    assert [p.name for p in tmp_path.iterdir() if p.name.endswith(".part")] == []
    assert sorted(exported(out)) == ["A long answer, שלום 🦜."] * 2


def exported(out: Path) -> list[str]:
    if out.suffix == ".parquet":
        import polars as pl

        return pl.read_parquet(out)["answer"].to_list()
    text = out.read_text(encoding="utf-8-sig")
    rows = csv.DictReader(io.StringIO(text)) if out.suffix == ".csv" else map(json.loads, text.splitlines())
    return [row["answer"] for row in rows]


def test_export_to_standard_output_is_the_format_or_one_document(home: Path) -> None:
    run(home, "ask", "one", "--pool", "small")
    lines = run(home, "export", "runs", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["prompt"] for line in lines] == ["one"]
    assert [row["prompt"] for row in document(home, "export", "runs")] == ["one"]
    assert document(home, "export", "runs", "--strategy", "cascade") == []


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--format", "parquet"], "--out"),
        (["--out", "/proc/nope/x.csv"], "cannot be written"),
        (["--out", "x.txt"], "--format"),
        (["--since", "x"], "such as"),
    ],
)
def test_export_that_cannot_be_says_why(home: Path, args: list[str], reason: str) -> None:
    done = run(home, "export", "runs", *args)
    assert done.returncode == 1
    assert reason in done.stderr


def test_sync_offline_names_the_folder_and_sends_nothing_twice(home: Path) -> None:
    assert document(home, "sync") == []
    run(home, "ask", "one", "--pool", "small")
    (first,) = document(home, "sync")
    assert first["runs"] == 1
    assert Path(first["folder"]).is_dir()
    again = document(home, "sync")
    assert all(s["folder"] is None for s in again)


def test_doctor_says_what_is_usable_and_what_mends_the_rest(home: Path) -> None:
    done = run(home, "doctor", OPENAI_API_KEY="sk-not-printed")
    assert done.returncode == 0
    assert "ok    python" in done.stdout
    assert "ANTHROPIC_API_KEY" in done.stdout
    assert "sk-not-printed" not in done.stdout + done.stderr
    assert {"name", "ok", "detail", "mend", "needed"} <= set(document(home, "doctor")[0])


def test_broken_catalog_is_named_by_file_and_line(home: Path) -> None:
    (home / "models.toml").write_text('[[models]]\nid = "a"\nprovider = scripted\n')
    done = run(home, "models")
    assert done.returncode == 1
    assert "models.toml, line 3" in done.stderr


def test_bad_environment_is_told_and_mended(home: Path) -> None:
    done = run(home, "models", PORT="many")
    assert done.returncode == 1
    assert "PORT" in done.stderr


def test_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(tmp_path / "file" / "home", "query", "select 1")
    assert done.returncode == 1
    assert "WORKBENCH_HOME" in done.stderr


def test_corrupt_database_is_told_and_kept(home: Path) -> None:
    (home / "workbench.duckdb").write_bytes(b"not a database" * 1000)
    done = run(home, "query", "select 1")
    assert done.returncode == 1
    assert "workbench.duckdb" in done.stderr
    assert (home / "workbench.duckdb").read_bytes() == b"not a database" * 1000


def test_output_is_utf8_whatever_the_locale(home: Path) -> None:
    done = process(home, "ask", "hello", "--pool", "big", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert "שלום 🦜" in done.stdout


def test_reader_that_goes_away_is_no_traceback(home: Path) -> None:
    command = f"'{sys.executable}' -m workbench.cli strategies | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], env=environ(home), capture_output=True, text=True, check=False)
    assert done.returncode == 141
    assert done.stderr == ""


def test_ctrl_c_stops_the_run_and_logs_what_came(home: Path) -> None:
    asking = subprocess.Popen(
        [*COMMAND, "ask", "hello", "--pool", "slow"],
        env=environ(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert asking.stdout is not None
    assert asking.stdout.read(1)
    asking.send_signal(signal.SIGINT)
    _, notes = asking.communicate(timeout=30)
    assert asking.returncode == 130
    assert "Traceback" not in notes
    (row,) = document(home, "query", "select error_kind, length(text) > 0 as partly from runs")
    assert row == {"error_kind": "stopped", "partly": True}


@contextmanager
def app(home: Path) -> Iterator[str]:
    serving = subprocess.Popen(
        [*COMMAND, "app", "--no-browser"], env=environ(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert serving.stdout is not None
        line = serving.stdout.readline()
        assert "http://127.0.0.1:" in line, serving.communicate(timeout=30)
        yield line.split()[2]
    finally:
        serving.send_signal(signal.SIGINT)
        _, notes = serving.communicate(timeout=30)
    assert notes.strip() == "workbench: stopped"
    assert serving.returncode in (0, 130)


def test_everything_works_while_the_app_is_open(home: Path, tmp_path: Path) -> None:
    import httpx

    with app(home) as address:
        assert httpx.get(f"{address}/healthz").json() == {"ok": True}
        assert process(home, "ask", "one", "--pool", "small").returncode == 0
        assert document(home, "query", "select text from prompts") == [{"text": "one"}]
        assert document(home, "export", "runs", "--out", str(tmp_path / "r.csv"))["rows"] == 1
        assert [s["runs"] for s in document(home, "sync")] == [1]


def test_port_in_use_is_told_with_what_mends_it(home: Path) -> None:
    with app(home) as address:
        done = process(home, "app", "--no-browser", "--port", address.rsplit(":", 1)[1])
    assert done.returncode == 1
    assert "is in use" in done.stderr
