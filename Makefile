# Two commands do everything: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup provider demo round sample test lint unit lab-test bench clean
.DEFAULT_GOAL := help

help: ## what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: $(VENV)/installed ## the virtual environment, from the lock file

$(VENV)/installed: requirements.lock pyproject.toml
	@scripts/prerequisites.sh
	@echo "Setting up $(VENV) from requirements.lock (about 400 MB on disk, a minute or two)"
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

provider: ## what the Terraform engine needs, where it is not there: the OpenStack provider, and Terraform
	@scripts/provider.sh

demo: setup provider ## two lab clouds, LAMP on both, a Swarm on the first, the comparison; CLOUDS=all: both workloads on three
	@scripts/demo.sh

round: setup provider ## the whole matrix: both workloads on all three lab clouds
	@CLOUDS=all scripts/demo.sh

sample: setup provider ## make reports/sample anew: the whole matrix, twice (the longest of all)
	@CLOUDS=all ATTEMPTS=2 scripts/demo.sh
	@scripts/keep-sample.sh "$$(ls -td reports/2*/ | head -n 1)"

test: lint unit lab-test ## everything: style, types, imports, unit tests, real clouds

lint: setup ## ruff, mypy, import rules, ansible-lint
	@echo "ruff, mypy --strict, import rules, ansible-lint"
	@ruff check .
	@ruff format --check .
	@mypy
	@lint-imports --no-cache
	@ansible-lint --offline -q --profile production workloads

unit: setup provider ## tests without a cloud; reports are looked at in a headless Chromium
	@scripts/prerequisites.sh chromium fonts-liberation
	@pytest tests/unit

lab-test: setup provider ## tests on the lab's real clouds (root)
	@interop lab install --all
	@pytest tests/lab

bench: setup provider ## figures, one a line, and bench.json
	@$(BIN)/python -m bench

clean: ## remove the virtual environment and caches of tools (the lab: `interop lab uninstall`)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .ansible bench.json
