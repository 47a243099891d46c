# `make demo` and `make test` need Python 3.11+, git and make; everything else they set up here.
PYTHON ?= python3
export UV_PYTHON_DOWNLOADS := never
# The tests start hundreds of processes, each of which would compile what it imports.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
UV := $(BIN)/uv

.PHONY: help setup envs demo ui test-ui test test-all fault lint format types bench bench-ui screenshots requirements clean

help:            ## list the targets
	@grep -E '^[a-z-]+: *.*##' $(MAKEFILE_LIST) | sed -E 's/: *[^#]*##/\t/' | expand -t 16

setup: .venv/ready  ## the development environment, in .venv

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Headrace needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/ready: $(UV) requirements/dev.txt pyproject.toml
	$(UV) pip sync --quiet --python $(BIN)/python requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

# The real MLflow, each version in an environment of its own, for the tests of compatibility.
envs: .envs/mlflow-3.17/ready .envs/mlflow-2.22/ready  ## environments of MLflow, in .envs

.envs/%/ready: requirements/%.txt | .venv/ready
	$(UV) venv --quiet --allow-existing --python $(BIN)/python .envs/$*
	$(UV) pip sync --quiet --python .envs/$*/bin/python $<
	@touch $@

demo: .venv/ready ui  ## train, track, compare, register: the quickstart
	$(BIN)/python examples/quickstart.py

ui: .venv/ready  ## build the pages of the web interface, if they have changed
	$(BIN)/python hatch_build.py

test-ui: .venv/ready ui  ## types and unit tests of the pages
	$(BIN)/python hatch_build.py run types
	$(BIN)/python hatch_build.py run test

# More than two cores can keep busy, since tests wait for half of their time.
test: WORKERS ?= 3
test: .venv/ready envs test-ui  ## the tests that need only packages (under 10 minutes)
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "not slow and not fault"

test-all fault: WORKERS ?= 2

test-all: .venv/ready envs ui .envs/spark/ready .envs/tensorflow/ready  ## the heavy tests, on top of `make test`
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m slow

fault: .venv/ready  ## kill, stop, cut and corrupt more than 1,000 times: is anything lost?
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m fault tests/fault

lint: .venv/ready  ## style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready  ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/ready envs .envs/fasttrackml/ready .envs/trackio/ready .envs/boto3/ready  ## measure against MLflow and others
	$(BIN)/python -m benchmarks

bench-ui: .venv/ready envs ui  ## measure the pages against MLflow's, in a Chromium
	$(BIN)/python -m benchmarks --ui

screenshots: .venv/ready ui  ## pictures of every page in light and dark, and those of the README
	$(BIN)/python -m tests.e2e.screenshots

# Too large for everybody who develops: the tests that need them have environments of their own.
LARGE_EXTRAS := spark tensorflow
EXTRAS = $(filter-out $(LARGE_EXTRAS),$(shell sed -n '/^\[project.optional/,/^$$/s/ *=.*//p' pyproject.toml))

requirements: $(UV)  ## pin anew what pyproject.toml and requirements/*.in ask for
	$(UV) pip compile --quiet --universal --no-header --python-version 3.11 $(EXTRAS:%=--extra %) --group dev pyproject.toml -o requirements/dev.txt
	for name in mlflow-3.17 mlflow-2.22 fasttrackml trackio boto3 $(LARGE_EXTRAS); do \
	  $(UV) pip compile --quiet --universal --no-header --python-version 3.11 requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

clean:           ## remove environments and caches
	rm -rf ui/node_modules src/headrace/server/_ui .venv .envs .mypy_cache .ruff_cache .pytest_cache .hypothesis
