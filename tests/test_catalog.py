from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.catalog import Catalog
from workbench.errors import BadCatalog, UnknownModel
from workbench.settings import shipped
from workbench.types import Model

SHIPPED = shipped("models.toml")
LINE = """\
# mine
[[models]]
id = "a"
provider = "openai"
endpoint = "http://127.0.0.1:1/v1"
price_in = 1
price_out = 2

[[models]]
id = "b"
"""


def written(tmp_path: Path, text: str, name: str = "models.toml") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(BadCatalog) as caught:
        Catalog.load([written(tmp_path, text)], {})
    return str(caught.value)


def test_two_local_models_are_usable_without_any_key() -> None:
    usable = [e.model for e in Catalog.load([SHIPPED], {}).entries if not e.reason]
    assert [m.id for m in usable] == ["smollm2-135m", "qwen2.5-coder-1.5b"]
    assert all(m.nominal and m.provider == "local" and "logprobs" in m.capabilities for m in usable)


@pytest.mark.parametrize(
    "key",
    [
        "OPENAI_API_KEY",
        "ANTHROPIC_API_KEY",
        "OPENROUTER_API_KEY",
        "GEMINI_API_KEY",
        "MISTRAL_API_KEY",
        "GROQ_API_KEY",
        "HF_TOKEN",
    ],
)
def test_a_key_makes_its_models_usable_and_without_it_they_say_what_is_missing(key: str) -> None:
    hosted = [e for e in Catalog.load([SHIPPED], {}).entries if e.key == key]
    assert len(hosted) >= 2
    assert all(key in e.reason for e in hosted)
    with_key = Catalog.load([SHIPPED], {key: "secret"})
    assert [e.model.id for e in with_key.entries if e.key == key and not e.reason] == [e.model.id for e in hosted]
    assert with_key.secret(hosted[0].model.id) == "secret"


def test_every_hosted_model_has_a_real_price_a_context_and_an_address_or_vendor() -> None:
    for entry in Catalog.load([SHIPPED], {}).entries:
        model = entry.model
        if entry.key:
            assert model.price_out > model.price_in > 0, model.id
            assert model.context > 100_000
            assert not model.nominal
            assert model.endpoint.startswith("https://") or model.provider == "litellm"


def test_prices_are_those_of_litellms_map_per_million() -> None:
    model = Catalog.load([SHIPPED], {}).entry("claude-haiku-4-5").model
    assert (model.price_in, model.price_out) == (1.0, 5.0)
    assert model.capabilities == {"vision", "tools", "json"}


def test_loading_prices_does_not_import_litellm() -> None:
    code = (
        "import sys; from workbench.catalog import Catalog; from workbench.settings import shipped;"
        "Catalog.load([shipped('models.toml')], {}); sys.exit('litellm' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_secrets_are_in_no_entry_and_no_model() -> None:
    catalog = Catalog.load([SHIPPED], {"OPENAI_API_KEY": "sk-secret"})
    assert "sk-secret" not in repr(catalog.entries) + repr(catalog)


def test_an_empty_key_is_no_key() -> None:
    assert "OPENAI_API_KEY" in Catalog.load([SHIPPED], {"OPENAI_API_KEY": " "}).entry("gpt-4.1-mini").reason


def test_the_scripted_models_load_beside_the_shipped_ones() -> None:
    catalog = Catalog.load([SHIPPED, shipped("scripted.toml")], {})
    scripted = [e.model for e in catalog.entries if e.model.provider == "scripted"]
    assert [m.id for m in scripted] == ["fast-cheap", "slow-dear", "flaky", "verbose"]


def test_a_later_file_changes_single_fields_and_adds_models(tmp_path: Path) -> None:
    mine = written(
        tmp_path,
        '[[models]]\nid = "gpt-4.1-mini"\nprice_in = 9\n\n[[models]]\nid = "mine"\nprovider = "scripted"\noptions = {words = 3}\n',
    )
    catalog = Catalog.load([SHIPPED, mine], {})
    changed = catalog.entry("gpt-4.1-mini")
    assert (changed.model.price_in, changed.model.price_out) == (9, 1.6)
    assert changed.key == "OPENAI_API_KEY"
    assert changed.where == f"{mine}, line 1"
    assert catalog.entry("mine").model == Model("mine", provider="scripted", options={"words": 3})


def test_a_file_that_is_not_there_is_skipped_but_not_all_of_them(tmp_path: Path) -> None:
    assert Catalog.load([SHIPPED, tmp_path / "none.toml"], {}).entries
    with pytest.raises(BadCatalog, match="no model in any"):
        Catalog.load([tmp_path / "none.toml"], {})


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=r"smollm2-135m"):
        Catalog.load([SHIPPED], {}).entry("gpt-99")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("# x\n[[models]\nid = 1", 2, "not TOML"),
        ('[[models]]\nid = "a\n', 2, "not TOML"),
        ('[[models]]\nid = "a"\n\n[[models', 4, "not TOML"),
        (LINE + "price = 1", 11, "did you mean price_"),
        (LINE + 'price_in = "1"', 11, "must be USD per million"),
        (LINE + "price_in = -1", 11, "0 or more"),
        (LINE + "price_in = nan", 11, "0 or more"),
        (LINE + "context = 0", 11, "whole number of tokens"),
        (LINE + "nominal = 1", 11, "true or false"),
        (LINE + 'capabilities = ["sight"]', 11, "vision, tools, json, logprobs"),
        (LINE + 'tags = "x"', 11, "list of text"),
        (LINE + "options = 3", 11, "must be a table"),
        (LINE + 'endpoint = "ftp://x"', 11, "must be an address"),
        (LINE + 'endpoint = "http://user:pw@x/v1"', 11, "no password"),
        (LINE + 'provider = ""', 11, "must be text"),
        (LINE, 9, "provider is missing"),
        (LINE + 'provider = "openai"', 9, "endpoint is missing"),
        (LINE + 'provider = "litellm"', 9, "set price_in and price_out"),
        (LINE + 'provider = "litellm"\npriced_as = "nobody/none"', 9, "nobody/none"),
        (LINE.replace('id = "b"', "tags = []"), 9, "a model without an id"),
        (LINE.replace('id = "b"', 'id = "a"'), 10, "stands twice"),
        (LINE.replace('id = "b"', 'id = "b c"'), 10, "without spaces"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_mend(tmp_path: Path, text: str, line: int, said: str) -> None:
    error = refusal(tmp_path, text)
    assert f"{tmp_path / 'models.toml'}, line {line}: " in error
    assert said in error


def test_a_key_written_into_the_catalog_is_refused_and_not_repeated(tmp_path: Path) -> None:
    error = refusal(tmp_path, LINE + 'key = "sk-secret-1234"')
    assert "name of an environment variable" in error
    assert "sk-secret" not in error


def test_other_shapes_and_bytes_are_refused(tmp_path: Path) -> None:
    assert "unknown table 'model'" in refusal(tmp_path, '[[model]]\nid = "a"')
    assert "double brackets" in refusal(tmp_path, '[models]\nid = "a"')
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'# one\n# caf\xe9\n[[models]]\nid = "a"\n')
    with pytest.raises(BadCatalog, match="line 2: this is not UTF-8"):
        Catalog.load([latin], {})
    with pytest.raises(BadCatalog, match="cannot be read"):
        Catalog.load([tmp_path], {})


def test_the_example_of_an_ollama_entry_works_once_uncommented(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    example = text[text.index("# [[models]]") :].replace("# ", "")
    model = Catalog.load([written(tmp_path, example)], {}).entry("llama3.2").model
    assert model.endpoint == "http://127.0.0.1:11434/v1"
    assert json.dumps([model.price_in, model.price_out]) == "[0, 0]"
