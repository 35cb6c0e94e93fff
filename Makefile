# `make app` opens the workbench, `make test` runs every check. Needs Python 3.11+, make and a C compiler.
VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --require-hashes
UV := uv==0.13.9
# Processes that share the tests, one thread each; those with a browser or a model take the machine for themselves.
JOBS ?= auto

.PHONY: app test slow lock clean
.DELETE_ON_ERROR:

app: $(VENV)/app.stamp
	$(BIN)/workbench models pull
	$(BIN)/workbench app

# Linters first: they say in seconds what the suite would say in minutes.
test: $(VENV)/test.stamp
	.ci/browser $(BIN)/python
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/workbench models pull
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not browser and not models and not slow" -n $(JOBS) --dist worksteal
	$(BIN)/python -m pytest -m "browser or models"

# The bars that learned strategies are held to, on recorded outcomes of hosted models where these are at hand.
slow: $(VENV)/test.stamp
	$(BIN)/python -m pytest -m slow

# A stamp is newer than the locks it was made from: a second run installs nothing.
$(VENV)/app.stamp: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP_INSTALL) -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/test.stamp: requirements-test.lock $(VENV)/app.stamp
	$(PIP_INSTALL) -r requirements-test.lock
	touch $@

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or run make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# One resolution for every system and Python the project supports, with the hashes of all their files.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links --extra build pyproject.toml

lock: | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra test --constraint requirements.lock --output-file requirements-test.lock

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
