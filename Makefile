# Everything a newcomer types. `make` alone lists it.
PYTHON ?= python3
PORT ?= 8200
DEVSTORE_PORT ?= 8201
WORLD ?= bazaar
VENV := .venv
BIN := $(VENV)/bin
export PORT DEVSTORE_PORT WORLD TRANSACTIONS CURRENCY TIMEZONE PROTECTED WINDOW PYTHONWARNINGS

.DEFAULT_GOAL := help
.PHONY: help demo trace smoke probe test test-long check bench serve migration format clean

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

demo: $(VENV)/demo ## Start a development store and the app, install, import, print the admin's address
	@exec $(BIN)/python -m demo

trace: $(VENV)/demo ## One order's walk from the door to the figures: make trace ORDER=1001 (SHOP=..., default the demo's)
	@test -n "$(ORDER)" || { echo 'Name an order: make trace ORDER=1001'; exit 2; }
	@if [ -z "$$SHOPIFY_API_KEY" ] && [ -f var/demo/env ]; then . var/demo/env; fi; \
	exec $(BIN)/flask --app shopify_app.app trace --shop "$(or $(SHOP),demo.myshopify.com)" -- "$(ORDER)"

smoke: $(VENV)/demo ## Walk through everything without a browser and check the figures
	@$(BIN)/python -m demo.smoke

probe: $(VENV)/demo ## Ask a shop what we assume of Shopify: make probe SHOP=name.myshopify.com TOKEN=shpat_... (WRITE=1)
	@SHOP="$(SHOP)" TOKEN="$(TOKEN)" WRITE="$(WRITE)" $(BIN)/python -m demo.probe

test: $(VENV)/browser ## Set up and run all tests, on SQLite and PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist worksteal

test-long: $(VENV)/browser ## The same tests with many more examples, kills and simulated seasons, and each benchmark once
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest -n 2 --dist worksteal
	@$(BIN)/python -m tests.simulation --seeds 200 --days 90 --jobs 2

check: $(VENV)/dev ## Style, types, layers, shape
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -p no:cacheprovider tests/test_shape.py tests/test_papers.py

bench: $(VENV)/dev ## Measure what is promised about speed, an hour or two: make bench ONLY=door
	@$(BIN)/python -m benchmarks $(ONLY)

serve: $(VENV)/app ## Run the app with the settings of the environment
	@exec $(BIN)/python -m shopify_app.serve

migration: $(VENV)/dev ## Write a migration for changed tables: make migration NAME="Add tiers"
	@$(BIN)/python -m demo.write_migration "$(NAME)"

format: $(VENV)/dev ## Let ruff format the tree
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## Remove environment and data
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/python: 
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=...")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/app: $(VENV)/python requirements.txt constraints.txt
	@echo "Installing what the app needs ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/demo: $(VENV)/python requirements.txt constraints.txt requirements-demo.txt
	@echo "Installing what app and development store need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-demo.txt
	@touch $@

$(VENV)/dev: $(VENV)/python requirements.txt constraints.txt requirements-demo.txt requirements-dev.txt
	@echo "Installing what tests and checks need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)/browser: $(VENV)/dev
	@$(BIN)/python -m tests.browser.chromium
	@touch $@
