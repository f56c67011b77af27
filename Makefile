.DEFAULT_GOAL := help
.PHONY: help run stack stack-stop stack-status test test-stack check bench-connections bench-desk bench-search bench-stats format messages clean
PYTHON ?= python3
BIN := .venv/bin
RUN_READY := .venv/.run-ready
TEST_READY := .venv/.test-ready

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

run: $(RUN_READY) ## Start Greenroom on http://127.0.0.1:8000 with a demo backlog (PORT=9000 make run)
	@FETCH_ALLOW_NETWORKS=$${FETCH_ALLOW_NETWORKS-127.0.0.1/32} $(BIN)/python -m jobs.run all

stack: $(TEST_READY) ## Start everything a busy host runs, with real servers, on http://127.0.0.1:8080
	@$(BIN)/python -m stack up

stack-stop: ## End exactly what `make stack` started; data stays
	@$(BIN)/python -m stack down

stack-status: ## Show what of it runs
	@$(BIN)/python -m stack status

test: $(TEST_READY) ## Run the whole test suite (installs what it lacks)
	@$(BIN)/python -m tests.chromium
	@$(BIN)/python -m pytest -n 2

test-stack: $(TEST_READY) ## The same suite, and the faults, on real servers (ARGS=tests/faults picks some)
	@$(BIN)/python -m tests.chromium
	@$(BIN)/python -m stack test $(ARGS)

check: $(TEST_READY) ## Lint, types, import law and house tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/house

bench-connections: $(TEST_READY) ## Measure 500 visitors with and without pgBouncer
	@$(BIN)/python -m bench.connections

bench-search: $(TEST_READY) ## Measure searching with 10,000 to 1,000,000 applications (ARGS=embedded|stack|million picks some)
	@$(BIN)/python -m bench.search $(ARGS)

bench-desk: $(TEST_READY) ## Measure the desk with 10,000 and 100,000 applications, embedded and on PostgreSQL
	@$(BIN)/python -m tests.chromium
	@$(BIN)/python -m bench.desk $(ARGS)

bench-stats: $(TEST_READY) ## Measure the statistics with 100,000 applications (on DATABASE_URL, if it is set)
	@$(BIN)/python -m bench.stats

format: $(TEST_READY) ## Put the code into one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(RUN_READY) ## Collect every text a person reads into translations/messages.pot
	@mkdir -p translations
	$(BIN)/pybabel --quiet extract -F babel.cfg -k lazy_gettext -o translations/messages.pot .

clean: ## Remove the virtual environment and all local data
	-@test -x $(BIN)/python && $(BIN)/python -m stack down
	rm -rf .venv var

$(RUN_READY): requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what Greenroom needs ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements.txt
	@touch $@

$(TEST_READY): requirements-dev.txt $(RUN_READY)
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.txt
	@touch $@
