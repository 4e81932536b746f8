# Slotsmith: `make help` lists what can be made.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LINT := $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
TIME_LIMIT ?= 60
SEED ?= 0
MINUTES ?= 10

.PHONY: help setup run test lint fuzz bench docs lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(INSTALLED) ## create .venv and install the locked dependencies

run: $(INSTALLED) ## search the headline tree_hash for TIME_LIMIT seconds (default 60)
	$(BIN)/slotsmith search tree_hash --shape height=10,rounds=16,batch=256 --time-limit $(TIME_LIMIT) --seed $(SEED)

# Images of containers set that variable, and each worker would compile all tests anew.  What the tests search with is
# compiled beside the linters, once: workers and the commands they try would each compile it for half a minute.
test: $(INSTALLED) ## lint, type-check and run all tests, in parallel
	export PYTHONDONTWRITEBYTECODE=; \
	$(BIN)/python -c 'from search.strategy.compiling_first import compile_here; compile_here()' & \
	$(LINT) && wait && $(BIN)/python -m pytest -n auto --dist worksteal

lint: $(INSTALLED) ## ruff and mypy alone
	$(LINT)

fuzz: $(INSTALLED) ## fuzz for MINUTES (default 10), then try a fault at each use of the system
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES) --faults

bench: $(INSTALLED) ## print the speed of simulators and scheduler
	$(BIN)/python scripts/bench.py

docs: docs-requirements.lock ## build the documents as a site, build/site, links checked
	test -x .venv-docs/bin/mkdocs || { $(PYTHON) -m venv .venv-docs && .venv-docs/bin/python -m pip install --quiet --disable-pip-version-check -r docs-requirements.lock; }
	NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build --strict

lock: $(INSTALLED) ## resolve requirements.lock anew
	$(BIN)/python -m pip install --quiet pip-tools
	$(BIN)/python -m piptools compile --quiet --extra dev --extra prove --extra ray --extra report --extra sweep --strip-extras --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --allow-unsafe -o requirements.lock pyproject.toml

clean: ## remove .venv and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "slotsmith needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "this Python has no venv: install it (Debian: apt install python3-venv) or set PYTHON"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
