# What a person types. `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.PHONY: help run test check fix bench migrate reference translations screenshots clean packages

PYTHON ?= python3
UV_VERSION := 0.13.9
TOOLS := .venv-tools
UV := $(TOOLS)/bin/uv
BIN := .venv/bin
SYNCED := .venv/.synced
NEEDED_BY_TESTS := rabbitmq-server postgresql chromium nodejs npm libfaketime
PYTEST_OPTIONS ?= -n 4 --dist loadfile

export UV_PYTHON_DOWNLOADS := never
export UV_COMPILE_BYTECODE := 1
# A process of the hub starts in one second from compiled files, in five without; the tests start hundreds.
unexport PYTHONDONTWRITEBYTECODE

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(SYNCED) ## Start the demonstration: hub, broker, three national systems (BROKER=none: without a broker)
	@if [ "$${BROKER:-}" != none ]; then deploy/demo/packages.sh --optional rabbitmq-server; fi
	@deploy/demo/packages.sh --optional nodejs npm
	@exec $(BIN)/board-hub up --demo

test: packages check ## Install what the tests need, check the code, run all tests
	$(BIN)/pytest $(PYTEST_OPTIONS)

check: $(SYNCED) ## Format, lint, types, imports between layers, migrations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/board-hub migrate --check

fix: $(SYNCED) ## Format, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: packages $(SYNCED) ## Measure: one JSON object a line, with the ratio to a hand-written floor
	$(BIN)/python -m tests.benchmarks

migrate: $(SYNCED) ## Make the database, key and members of the settings in the environment, or bring them up to date
	$(BIN)/board-hub migrate

reference: $(SYNCED) ## Write the generated documents of deploy/ anew: reference, AsyncAPI, OpenAPI, sample settings
	$(BIN)/python -m board_hub.law.reference --write deploy/reference
	$(BIN)/python -m board_hub.wsgi deploy/reference/openapi.json
	$(BIN)/board-hub settings > deploy/board-hub.env.sample

translations: $(SYNCED) ## Extract what is to be translated, update the .po files, compile them (BEGIN=el begins a language)
	$(BIN)/python -m board_hub.web.translating $(BEGIN)

screenshots: packages $(SYNCED) ## Take a picture of every page, wide and narrow, below var/screenshots (IN=fr)
	$(BIN)/python -m tests.web.tour.screenshots var/screenshots $(or $(IN),en)

clean: ## Remove the demonstration's data and what the tools left behind
	rm -rf var dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./.venv -prune -o -path ./$(TOOLS) -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

packages:
	@deploy/demo/packages.sh $(NEEDED_BY_TESTS)

# The environment, exactly as uv.lock says. The stamp makes a second call cost nothing.
$(SYNCED): pyproject.toml uv.lock | $(UV)
	$(UV) sync --frozen --quiet --python $(PYTHON)
	@touch $@

$(UV):
	@$(PYTHON) -m venv $(TOOLS) 2>/dev/null || { rm -rf $(TOOLS); deploy/demo/packages.sh python3-venv; $(PYTHON) -m venv $(TOOLS); }
	$(TOOLS)/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
