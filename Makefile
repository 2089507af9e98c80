PYTHON ?= python3
PY = .venv/bin/python

.PHONY: help setup setup-run setup-service run dev test check check-long test-changed lint types imports migrations
.PHONY: resource ci quick measured rest all long without without-each mutants mutants-changed lucky coverage browser browser-packages clicks fuzz hostile upgrade torture walk container
.PHONY: bench bench-packages bench-quick bench-growth bench-pages live backup restore db-stop reset doctor
.PHONY: client client-schema client-packages client-node client-python client-typescript
.PHONY: client-generated client-tools client-collection client-rules client-agents

help:
	@echo "make run      serve the API; without a configured database, with an embedded one and a demo shop"
	@echo "make dev      the same with DEBUG and autoreload"
	@echo "make test     lint, types, import rules, migrations, and the tests that tell whether the product works"
	@echo "make check    everything that must pass before a change lands; contains make test"
	@echo "make check-long  the long forms: hostile values, fuzzing, walks, crashes, other database servers"
	@echo "make test-changed  the tests that an edit can reach; BASE=commit: that the changes since it can reach"
	@echo "make resource NAME=brand ROOM=products  write a new app of rows that people write down; PLURAL=brands;"
	@echo "              LINKS=1: it links to rows of its room, such as a place of ROOM=stock"
	@echo "make mutants  plant mistakes one at a time, and say which tests find them; MUTANTS='--room trade/selling --sample 40'"
	@echo "make mutants-changed  the same for at most 40 mistakes in the lines that changed since the last time"
	@echo "make lucky    run the files of tests that changed since the last release in ten random orders on a busy machine, and"
	@echo "              say which tests fail by luck; LUCKY='--orders 3 -- --tier check': all tests in three"
	@echo "make coverage run the tests and measure which lines of all packages they run"
	@echo "make browser  test every page in Chromium; SHOTS=folder saves a screenshot of each, TESTS=files runs some tests"
	@echo "make clicks   count the clicks and keys of tasks on windows of four widths"
	@echo "make fuzz     test thousands of requests generated from the schema; make hostile: hostile values in every field"
	@echo "make walk     compare STEPS=100000 random steps over places and reservations with a model; SEED=1"
	@echo "make upgrade  upgrade a running release while clients book; FROM=commit"
	@echo "make torture  kill workers, service and database at random while clients book; MINUTES=5 SEED=1"
	@echo "make bench    compare performance with FastAPI and a bare server; AGAINST=commit: and with the product of that commit;"
	@echo "              also bench-quick, bench-growth and bench-pages KEEP=folder"
	@echo "make live     run the API's tests over HTTP against the product in production mode; GROUND=plain: on which servers"
	@echo "make container  build the image, and run the commands of compose.yaml in it; needs buildah, and no daemon"
	@echo "make backup   save the whole database to a file; make restore FILE=...: restore it into an empty database"
	@echo "make client   generate clients in build/; also client-python, client-typescript, client-generated,"
	@echo "              client-collection (Postman and Bruno), client-rules (schema linters), client-agents"
	@echo "make db-stop  stop the embedded database"
	@echo "make reset    recreate the demo; SIZE=large: 12,000 products and 18 months; YES=1: without confirmation"
	@echo "make doctor   check Python, disk, packages, port, database and migrations"

setup:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON)." >&2; exit 1; }
	@PYTHONWARNINGS= $(PYTHON) ops/bin/bootstrap.py

# Install what `make run` needs: not the packages for tests.
setup-run:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON)." >&2; exit 1; }
	@PYTHONWARNINGS= $(PYTHON) ops/bin/bootstrap.py run

# Install only requirements.txt into the existing .venv, as servers need it.
setup-service:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON)." >&2; exit 1; }
	@PYTHONWARNINGS= $(PYTHON) ops/bin/bootstrap.py service

# The variable is empty, so that the first start keeps the bytecode for the next one, even if the environment forbids it.
run dev: export PYTHONDONTWRITEBYTECODE =

run: setup-run
	@exec $(PY) -m inventory_api

dev: export DEBUG = on
dev: run

# Tests ignore .env, so that they run the same everywhere. Without a database in the environment they use the embedded
# one.
TESTED = test check test-changed lint types imports migrations quick measured rest all long without without-each mutants mutants-changed lucky coverage browser clicks fuzz hostile
$(TESTED): export PYTHON_DOTENV_DISABLED = 1
# Django 6.1, on which CI runs the tests as well, deprecates settings whose names begin with EMAIL_ (pytest.ini).
$(TESTED): export PYTHONWARNINGS = error,ignore:The EMAIL_
# The variable is empty, so that bytecode is kept even if the environment forbids it: the tests start hundreds of
# processes.
$(TESTED): export PYTHONDONTWRITEBYTECODE =
ifeq ($(DATABASE_URL)$(DB_NAME),)
$(TESTED): export DEMO = on
endif
# One more than the cores: some tests wait for a server or a clock.
PROCESSES := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# Files are handed out whole, so pytest would compute the percentages of its progress from the number of files.
PYTEST = $(PY) -m pytest --quiet --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder \
	--override-ini console_output_style=classic

# Each of these uses one core, but for the tests. Without the cache of an earlier run, types take longest.
test: setup
	@$(MAKE) --no-print-directory --jobs lint types imports migrations quick

# The quick tests come first, so that a mistake is soon found. Those that must run all lines and branches of the ledger run
# by themselves, and each test runs once (testing/plugins/tiers.py). SECOND_TRY=file runs tests that failed once more, and
# notes those that pass. Tests of the repository are skipped if what they read has not changed since they passed, but not
# with UNCHANGED= (testing/plugins/unchanged.py).
check: setup
	@rm -f $(SECOND_TRY)
	@$(MAKE) --no-print-directory --jobs $(PROCESSES) lint types imports migrations quick UNMEASURED="--measured none"
	@$(MAKE) --no-print-directory measured rest without

# What `.ci/run` runs: make check, and what else the changes since the last release touch.
ci: setup
	@$(PY) -m testing.programs.ci

# The tests of `make check` alone.
all: setup
	@$(MAKE) --no-print-directory quick UNMEASURED="--measured none"
	@$(MAKE) --no-print-directory measured rest

check-long: check long without-each hostile fuzz walk torture bench-pages live container browser client

lint: setup
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check .

types: setup
	@$(PY) -m mypy .

imports: setup
	@PYTHONWARNINGS= .venv/bin/lint-imports --no-logo

migrations: setup
	@$(PY) manage.py makemigrations --check --dry-run

UNCHANGED = --skip-unchanged
AGAIN = $(if $(SECOND_TRY),--second-try $(SECOND_TRY))

quick: setup
	@$(PYTEST) --tier quick $(UNCHANGED) $(UNMEASURED) $(if $(AGAIN),$(AGAIN) --maxfail 3)

measured: setup
	@$(PYTEST) --tier check --measured only --cov --cov-config testing/ledger_coverage.ini --cov-report= $(AGAIN)
	@$(PY) -m coverage report --rcfile testing/ledger_coverage.ini --fail-under 100

rest: setup
	@$(PYTEST) --tier rest --measured none $(UNCHANGED) $(AGAIN)

long: setup
	@$(PYTEST) -m long

# The quick tests without all of the apps that can be left out, and without each with those that need it.
without: setup
	@WITHOUT=$$($(PY) -m testing.programs.left_out all) && WITHOUT=$$WITHOUT $(PYTEST) --tier quick $(AGAIN)

without-each: setup
	@$(PY) -m testing.programs.left_out each | while read apps; do \
		echo "WITHOUT=$$apps"; WITHOUT=$$apps $(PYTEST) --tier quick </dev/null || exit 1; \
	done

test-changed: setup
	@tests=$$($(PY) -m testing.programs.changed $(BASE)) && $(PYTEST) $$tests

# Needs the demo's database, which makemigrations asks for the migrations that it has.
resource: export PYTHON_DOTENV_DISABLED = 1
ifeq ($(DATABASE_URL)$(DB_NAME),)
resource: export DEMO = on
endif
resource: setup
	@$(PY) -m testing.programs.new_resource $(or $(NAME),$(error Name one of them: make resource NAME=brand)) \
		$(if $(PLURAL),--plural $(PLURAL)) $(if $(ROOM),--room $(ROOM)) $(if $(LINKS),--links)

# Without options in MUTANTS, such as --room, --sample and --planted, this takes days.
mutants: setup
	@$(PY) -m testing.mutants $(MUTANTS)

# Writes testing/mutants/changed.toml, which is committed with the change.
mutants-changed: setup
	@$(PY) -m testing.mutants --changed

lucky: setup
	@$(PY) -m testing.programs.lucky $(LUCKY)

coverage: setup
	@$(PYTEST) --cov --cov-report=term

# This is not part of `make test`, because it needs Chromium: the first one on the PATH, or the one that CHROMIUM names.
browser-packages: setup
	@PYTHONWARNINGS= $(PY) -m pip install --quiet --disable-pip-version-check -r testing/requirements/browser.txt

browser: browser-packages
	@$(PY) -m pytest --quiet $(or $(TESTS),testing/browser_tests) $(if $(SHOTS),--shots $(abspath $(SHOTS)))

clicks: browser-packages
	@for width in 1280 1024 844 390; do \
		$(PY) -m pytest --quiet testing/browser_tests/test_clicks.py --width $$width || failed=1; \
	done; [ -z "$$failed" ]

# The long forms of two tests: FUZZ_EXAMPLES random cases per operation, and all hostile values instead of a sample.
fuzz: export FUZZ_EXAMPLES ?= 50
fuzz: setup
	@$(PY) -m pytest --quiet inventory_api/tests/test_fuzz.py

# PART=2/8 runs the second of eight parts.
PART ?= 1/1
hostile: export HOSTILE = all
hostile: setup
	@$(PY) -m pytest --quiet --numprocesses $(PROCESSES) --part $(PART) \
	    inventory_api/tests/test_hostile.py desk/support/tests/test_admin_hostile.py \
	    inventory_api/tests/test_hostile_text.py products/tests/test_hostile.py products/filing/tests/test_cells.py \
	    products/filing/tests/test_hostile_files.py desk/shop/tests/test_hostile.py core/tests/test_csv_text.py \
	    desk/agents/tests/test_tools.py trade/kits/tests/test_hostile_files.py \
	    users/sign_in/factors/tests/test_hostile_answers.py

MINUTES ?= 1
SEED ?= 1
STEPS ?= 100000
walk: setup
	@WALK_STEPS=$(STEPS) WALK_SEED=$(SEED) CORNERS_SEED=$(SEED) $(PY) -m pytest --quiet stock/tests/test_place_walk.py \
	    stock/tests/test_cost_walk.py stock/tests/test_stateful.py inventory_api/tests/test_corners.py

# FROM=commit is that of the running release, by default of 1.0.0.
FROM ?= 79660d7a
upgrade: setup
	@$(PY) -m testing.servers.upgrade $(FROM)

torture: setup
	@$(PY) -m stock.tests.torture --minutes $(MINUTES) --seed $(SEED)

# Each program starts the servers it needs, and writes its sections of benchmarks/RESULTS.md.
bench bench-quick bench-growth bench-pages: export PYTHON_DOTENV_DISABLED = 1

bench-packages: setup
	@PYTHONWARNINGS= $(PY) -m pip install --quiet --disable-pip-version-check -r testing/requirements/bench.txt

# AGAINST=commit also measures the product of that commit, in the same rounds.
COMMIT_BESIDE = $(if $(AGAINST),--against $(AGAINST))

bench: bench-packages
	@$(PY) -m benchmarks $(COMMIT_BESIDE)
	@$(PY) -m benchmarks.instructions
	@$(PY) -m benchmarks.imports
	@$(PY) -m benchmarks.history

bench-quick: setup
	@$(PY) -m benchmarks --quick $(COMMIT_BESIDE)

# First creates millions of rows through the product's services, which takes up to an hour. KEEP=folder keeps them.
bench-growth: setup
	@$(PY) -m benchmarks.growth $(if $(KEEP),--keep $(KEEP))

bench-pages: setup
	@$(PY) -m benchmarks.third_year $(if $(KEEP),--keep $(KEEP))

# Starts a separate PostgreSQL, or the servers of another GROUND, migrates the database and starts the service, in
# production mode.
live: export PYTHON_DOTENV_DISABLED = 1
live: export GROUND ?= plain
live: setup
	@$(PY) -m testing.servers.live

# Needs root, buildah and, where no registry can be reached, debootstrap.
container: export PYTHON_DOTENV_DISABLED = 1
container: setup
	@$(PY) -m testing.servers.container

# These use the database that is set in the environment or in .env. Without one, they use the database of `make run`.
ifeq ($(DATABASE_URL)$(DB_NAME)$(wildcard .env),)
backup restore: export DEMO = on
backup restore: setup-run
else
backup restore: setup-service
endif

backup:
	@$(PY) manage.py backup $(FILE)

restore:
	@$(PY) manage.py restore $(or $(FILE),$(error Name the file: make restore FILE=backups/...)) $(if $(REPLACE),--replace)

# Clients are generated in build/ and tested against the running product: docs/clients.md.
CLIENTS = build/clients
CLIENT_TARGETS = client-schema client-python client-typescript client-generated client-collection client-rules client-agents
$(CLIENT_TARGETS): export PYTHON_DOTENV_DISABLED = 1
ifeq ($(DATABASE_URL)$(DB_NAME),)
$(CLIENT_TARGETS): export DEMO = on
endif
client-generated client-python: export PATH := $(CURDIR)/.venv/bin:$(PATH)

client: $(CLIENT_TARGETS)

client-schema: setup
	@$(PY) -m testing.clients.schema $(CLIENTS)/openapi.json

client-packages: setup
	@$(PY) -m pip install --quiet --disable-pip-version-check --requirement testing/requirements/client.txt

client-node:
	@command -v npm >/dev/null || { echo "Node.js 20 or newer is needed, and there is no npm." >&2; exit 1; }

client-python: export PYTHONPATH = $(CLIENTS)/python
client-python: export MYPYPATH = $(CLIENTS)/python
client-python: client-schema client-packages
	@.venv/bin/openapi-python-client generate --path $(CLIENTS)/openapi.json --config testing/clients/python.yaml --meta setup \
		--output-path $(CLIENTS)/python --overwrite --fail-on-warning
	@$(PY) -m mypy --config-file testing/clients/mypy.ini $(CLIENTS)/python/inventory_api_client testing/clients/tests/test_python.py
	@$(PY) -m pytest --quiet testing/clients/tests/test_python.py

client-typescript: client-schema client-node
	@mkdir -p $(CLIENTS)/typescript && cp -R testing/clients/typescript/. $(CLIENTS)/typescript/
	@cd $(CLIENTS)/typescript && npm ci --silent --no-audit --no-fund && npm run --silent build
	@$(PY) -m pytest --quiet testing/clients/tests/test_typescript.py

# Clients of openapi-generator in Python, Go and Java. Prints the languages that are skipped, with the missing programs.
client-generated: client-schema client-packages
	@$(PY) -m testing.clients.generate $(CLIENTS)/openapi.json $(CLIENTS)
	@$(PY) -m pytest --quiet testing/clients/tests/test_generated.py

client-tools: client-node
	@cd testing/clients/tools && npm ci --silent --no-audit --no-fund

client-collection: client-schema client-tools
	@$(PY) -m testing.clients.collection $(CLIENTS)/openapi.json $(CLIENTS)/collection
	@$(PY) -m pytest --quiet testing/clients/tests/test_collection.py

# Check the schema with two OpenAPI linters. Every finding is an error.
client-rules: export REDOCLY_TELEMETRY = off
client-rules: client-schema client-tools
	@cd testing/clients/tools && npx --no-install redocly lint ../../../$(CLIENTS)/openapi.json --config redocly.yaml --max-problems 20
	@cd testing/clients/tools && npx --no-install spectral lint ../../../$(CLIENTS)/openapi.json --ruleset spectral.yaml --fail-severity hint --quiet

# Clients of the Model Context Protocol. Its SDK has requirements that differ from those of the product.
client-agents: setup client-node
	@[ -x $(CLIENTS)/agents/bin/python ] || $(PY) -m venv $(CLIENTS)/agents
	@$(CLIENTS)/agents/bin/python -m pip install --quiet --disable-pip-version-check --requirement testing/requirements/agents.txt
	@cd testing/clients/agents && npm ci --silent --no-audit --no-fund
	@$(PY) -m pytest --quiet testing/clients/tests/test_agents.py

db-stop:
	@[ -x $(PY) ] || { echo "Nothing is installed here, so no embedded database runs."; exit 0; }; \
	$(PY) -c "import core.database.embedded.server" 2>/dev/null \
		|| { echo "Not all packages are installed, and stopping needs them. Run make setup, then make db-stop." >&2; exit 1; }; \
	$(PY) -m core.database.embedded stop

SIZE ?= small
# Sets DEMO itself, so the command refuses to run if another database is set. It asks for confirmation before it deletes
# shops that people registered. YES=1 confirms in scripts.
reset: setup-run
	@DEMO=on $(PY) manage.py load_demo --reset --size $(SIZE) $(if $(YES),--yes)

doctor:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON)." >&2; exit 1; }
	@PYTHONWARNINGS= $(PYTHON) ops/bin/doctor.py
