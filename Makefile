# Works on a bare machine with Python 3.11 or newer and make. `make` alone prints what there is: the `##` of each target.

SHELL := /bin/sh
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do command -v $$name && break; done)
PY := .venv/bin/python
# One more than the two cores at least: some tests wait for workers, servers and browsers.
JOBS ?= 3
TESTS ?= tests
ARGS ?=
PORT ?= 8000
SIZE ?= 2000

# Compiled modules are kept, whatever the surroundings say: a run starts some forty processes, and pytest rewrites every test
# module it has no compiled one of (half of the time of collecting them).
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test quick quick-tests lint lint-types lint-rest lint-quick format browser bench pictures seed lock messages clean

define bootstrap
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found on PATH. Name one: make $@ PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -I config/bootstrap.py
endef

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start the product with the demonstration (PORT=8080; ARGS=--no-demo: an empty register)
	$(bootstrap) run
	@exec $(PY) manage.py run $(ARGS)

# On SQLite, then every test that an engine could answer differently again on PostgreSQL.
test: lint browser ## run every check and test (TESTS=tests/follow_ups: only those)
	$(PY) -m pytest -n $(JOBS) --dist worksteal $(TESTS)
	$(PY) -m tests.with_postgres $(PY) -m pytest -n $(JOBS) --dist worksteal --second-engine $(TESTS)

# The types are kept in mypy's cache from the last time; the tests end with their time.
quick: ## lint, and test on SQLite what changed since main, within two minutes
	$(bootstrap) test
	@$(MAKE) --no-print-directory lint-quick
	@$(MAKE) --no-print-directory -j 2 -O lint-types quick-tests

quick-tests:
	@$(PY) -m tests.changed

# The types take as long as all the rest together, so they are checked beside it.
lint: ## check style, format, types, import contracts, migrations, settings and catalogues
	$(bootstrap) test
	@$(MAKE) --no-print-directory -j 2 -O lint-types lint-rest

lint-types:
	$(PY) -m mypy .

lint-quick:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports --no-cache --no-logo

lint-rest: lint-quick
	$(PY) -m tests.checked_by_django
	@echo "manage.py check --deploy" && HTTPS=1 $(PY) manage.py check --deploy --fail-level WARNING

format: ## format the code, and mend what ruff can mend
	$(bootstrap) test
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

browser:
	$(bootstrap) test
	@$(PY) -m tests.browser

bench: ## measure, and write the figures into docs/figures.md (an hour or so)
	$(bootstrap) test
	RISKREG_TESTS_STAND_STILL=7200 $(PY) -m pytest -m bench -s -o faulthandler_timeout=7000 tests/benchmarks $(ARGS)
	RISKREG_TESTS_STAND_STILL=1800 $(PY) -m tests.with_postgres $(PY) -m pytest -m bench -s -o faulthandler_timeout=1700 tests/benchmarks/test_bench_heatmap.py tests/benchmarks/test_bench_history_heatmap.py tests/benchmarks/test_bench_trail.py $(ARGS)

pictures: browser ## photograph the demonstration that runs at PORT for README and the handbook
	$(PY) -m tests.pictures http://127.0.0.1:$(PORT) $(ARGS)

seed: ## fill the demonstration's register with SIZE made-up risks (SIZE=2000), after its first `make run`
	$(bootstrap) run
	@$(PY) manage.py seed_register $(SIZE)

lock: ## lock the requirements anew after a change of requirements*.in
	$(bootstrap) test
	$(PY) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate requirements.in -o requirements.txt
	$(PY) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate requirements-dev.in -c requirements.txt -o requirements-dev.txt
	$(PY) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate requirements-load.in -o requirements-load.txt

messages: ## collect and compile the interface's texts
	$(bootstrap) test
	$(PY) manage.py messages

clean: ## remove what can be made again; the data in var/ stays
	rm -rf .venv staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
