# Every target is a line or two that you can also type. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
DATA ?=
ORDERS ?=
TESTS ?= $$(grep -rlE "effort[(]|kill" tests --include "test_*.py")

help:    ## list the targets
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/: .*##/\t/' | expand -t 12

demo: .venv/demo  ## try it in a browser, without Slack; DATA=folder for your own import bundle
	$(BIN)/python -m bot demo $(if $(DATA),--data "$(DATA)")

test: .venv/dev  ## all tests; those of PostgreSQL, Chromium and LibreOffice are skipped, and listed, if these are missing
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered
	$(BIN)/coverage report --include="store/domain/*" --skip-covered --show-missing --fail-under=100

QUICK := tests/architecture tests/handlers tests/store/domain tests/store/sources tests/store/outbox
quick: .venv/dev  ## the fastest tests, over SQLite alone, to run while you work: about a minute
	$(BIN)/python -m pytest -m "not postgresql and not chromium and not libreoffice" $(QUICK)

soak: .venv/dev  ## the tests that can try harder, for hours, before a release; TESTS=tests/races for some of them
	SOAK=1 $(BIN)/python -m pytest --timeout 0 $(TESTS)

check: .venv/dev  ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev  ## benchmarks in small, under three minutes: workbooks, exports, price adjustments, searches (ORDERS=50000), imports, answers, memory
	$(BIN)/python -m bench.workbook_writer --rows 20000 --rounds 3 --json var/bench/short/workbook.json
	$(BIN)/python -m bench.export --orders 5000 --rounds 3 --json var/bench/short/export.json
	$(BIN)/python -m bench.adjustments --adjustments 48 --at-a-time 8 --json var/bench/short/adjustments.json
	$(BIN)/python -m bench.search --orders $(or $(ORDERS),50000) --searches 0 --rounds 2 --json var/bench/short/search.json
	$(BIN)/python -m bench.importing --orders 5000 --rounds 2 --json var/bench/short/importing.json
	$(BIN)/python -m bench.answers --short --json var/bench/short/answers.json
	$(BIN)/python -m bench.memory --requests 2000 --json var/bench/short/memory.json

bench-full: .venv/dev  ## benchmarks in full, an hour; searches over ORDERS=1000000, made once and kept in var/bench and PostgreSQL
	$(BIN)/python -m bench.workbook_writer --rows 1000000 --rounds 2 --json var/bench/workbook.json
	$(BIN)/python -m bench.export --orders 100000 --rounds 3 --json var/bench/export.json
	$(BIN)/python -m bench.adjustments --adjustments 400 --at-a-time 8 --json var/bench/adjustments.json
	$(BIN)/python -m bench.search --orders $(or $(ORDERS),1000000) --json var/bench/search-$(or $(ORDERS),1000000).json
	$(BIN)/python -m bench.importing --rounds 2 --json var/bench/importing.json
	$(BIN)/python -m bench.answers --json var/bench/answers.json
	$(BIN)/python -m bench.memory --json var/bench/memory.json

growth: .venv/dev  ## searches at 10 thousand to 5 million orders, and the picture of how the cost grows
	for orders in 10000 100000 1000000 5000000; do \
		$(BIN)/python -m bench.search --orders $$orders --json var/bench/search-$$orders.json || exit 1; \
	done
	$(BIN)/python -m bench.growth var/bench/search-*.json --into docs/pictures/growth.svg

COMPILE := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml
lock: .venv/dev  ## pin all packages again, with hashes and without index addresses
	$(COMPILE) -U --extra dev -o requirements-dev.lock
	$(COMPILE) -c requirements-dev.lock --extra demo -o requirements-demo.lock
	$(COMPILE) -c requirements-dev.lock -o requirements.lock

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/ready: .venv/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	touch $@

.venv/demo: .venv/ready requirements-demo.lock
	$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes --no-deps -r requirements-demo.lock
	touch $@

.venv/dev: .venv/ready requirements-dev.lock
	$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes --no-deps -r requirements-dev.lock
	touch $@

.PHONY: help demo test quick soak check bench bench-full growth lock
