# `make run` and `make test` work on a bare machine with Python 3.11 or newer and make.
#
#   make run PORT=8001          another port          make run ARGS=--no-demo   an empty register
#   make test TESTS=tests/controls                    only those tests (both engines)

SHELL := /bin/sh
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do command -v $$name && break; done)
PY := .venv/bin/python
# One more than the two cores at least: some tests wait for workers, servers and browsers.
JOBS ?= 3
TESTS ?= tests
ARGS ?=

.PHONY: run test lint lint-types lint-rest browser bench lock messages clean

define bootstrap
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found on PATH. Name one: make $@ PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -I config/bootstrap.py
endef

run:
	$(bootstrap) run
	@exec $(PY) manage.py run $(ARGS)

# The whole suite: on SQLite, then every test that touches the database again on PostgreSQL.
test: lint browser
	$(PY) -m pytest -n $(JOBS) --dist worksteal $(TESTS)
	$(PY) -m tests.with_postgres $(PY) -m pytest -n $(JOBS) --dist worksteal --second-engine $(TESTS)

# The types take as long as all the rest together, so they are checked beside it.
lint:
	$(bootstrap) test
	@$(MAKE) --no-print-directory -j 2 -O lint-types lint-rest

lint-types:
	$(PY) -m mypy .

lint-rest:
	$(PY) -m ruff check .
	.venv/bin/lint-imports --no-cache --no-logo
	$(PY) manage.py check --fail-level WARNING
	@echo "manage.py check --deploy" && HTTPS=1 $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py messages --check

browser:
	$(bootstrap) test
	@$(PY) -m tests.browser

bench:
	$(bootstrap) test
	$(PY) -m pytest -m bench -s tests/benchmarks $(ARGS)
	$(PY) -m tests.with_postgres $(PY) -m pytest -m bench -s tests/benchmarks/test_bench_heatmap.py tests/benchmarks/test_bench_history_heatmap.py $(ARGS)

lock:
	$(bootstrap) test
	$(PY) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate requirements.in -o requirements.txt
	$(PY) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate requirements-dev.in -c requirements.txt -o requirements-dev.txt

messages:
	$(bootstrap) test
	$(PY) manage.py messages

# What can be made again. The data in var/ stays.
clean:
	rm -rf .venv staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
