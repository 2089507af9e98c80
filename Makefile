PYTHON ?= python3
PY = .venv/bin/python

.PHONY: help setup setup-service run dev test lint types imports tests browser fuzz hostile torture
.PHONY: bench bench-quick bench-growth live backup restore db-stop reset doctor
.PHONY: client client-schema client-packages client-node client-python client-typescript
.PHONY: client-generated client-tools client-collection client-rules

help:
	@echo "make run      serve the API, on a database and a demo shop of its own unless a database is set"
	@echo "make dev      the same with DEBUG and autoreload"
	@echo "make test     everything that must be green"
	@echo "make browser  every page in a real browser; needs Chromium. SHOTS=folder keeps a picture of each"
	@echo "make fuzz     thousands of requests made from the schema; make hostile: every hostile value in every place"
	@echo "make torture  kill everything at random while clients book; MINUTES=5 SEED=1"
	@echo "make bench    what it costs, beside the least that could do the same; also bench-quick, bench-growth KEEP=folder"
	@echo "make live     the API's tests over HTTP, against the product as the Procfile starts it"
	@echo "make backup   the whole database into a file; make restore FILE=...: back into an empty one"
	@echo "make client   typed clients from the schema, in build/: also client-python, client-typescript, client-generated;"
	@echo "              client-collection: for Postman and Bruno; client-rules: what linters say of the schema"
	@echo "make db-stop  stop the embedded database"
	@echo "make reset    start the demo over; SIZE=large for 12,000 products and 18 months, YES=1 without being asked"
	@echo "make doctor   what is missing: Python, disk, packages, port, database, migrations"

setup:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON)." >&2; exit 1; }
	@PYTHONWARNINGS= $(PYTHON) bin/bootstrap.py

# What a server needs: requirements.txt alone, installed into the .venv that is there.
setup-service:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON)." >&2; exit 1; }
	@PYTHONWARNINGS= $(PYTHON) bin/bootstrap.py service

run: setup
	@exec $(PY) -m inventory_api

dev: export DEBUG = on
dev: run

# Tests read no .env: they run the same everywhere, on the embedded database unless the environment names one.
test lint types imports tests browser fuzz hostile: export PYTHON_DOTENV_DISABLED = 1
test lint types imports tests browser fuzz hostile: export PYTHONWARNINGS = error
ifeq ($(DATABASE_URL)$(DB_NAME),)
test lint types imports tests browser fuzz hostile: export DEMO = on
endif

test: setup lint types imports tests

lint: setup
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check .

types: setup
	@$(PY) -m mypy .

imports: setup
	@PYTHONWARNINGS= .venv/bin/lint-imports --no-logo

tests: setup
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) -m pytest --quiet --numprocesses 3 --dist loadfile --cov --cov-report=term
	@$(PY) -m coverage report --fail-under=100 --include="stock/*" >/dev/null || { echo "The ledger is not covered by tests to its last line: see the table above." >&2; exit 1; }

# Beside `make test`, since it needs Chromium: the first on the PATH, or the one that CHROMIUM names.
browser: setup
	@PYTHONWARNINGS= $(PY) -m pip install --quiet --disable-pip-version-check -r requirements-browser.txt
	@$(PY) -m pytest --quiet browser_tests $(if $(SHOTS),--shots $(abspath $(SHOTS)))

# The long forms of two tests: FUZZ_EXAMPLES random cases per operation, and everything instead of a choice.
fuzz: export FUZZ_EXAMPLES ?= 50
fuzz: setup
	@$(PY) -m pytest --quiet inventory_api/tests/test_fuzz.py

hostile: export HOSTILE = all
hostile: setup
	@$(PY) -m pytest --quiet inventory_api/tests/test_hostile.py inventory_api/tests/test_admin_hostile.py inventory_api/tests/test_hostile_text.py

MINUTES ?= 1
SEED ?= 1
torture: setup
	@$(PY) -m stock.tests.torture --minutes $(MINUTES) --seed $(SEED)

# Each program starts what it needs, and writes its sections of benchmarks/RESULTS.md.
bench bench-quick bench-growth: export PYTHON_DOTENV_DISABLED = 1

bench: setup
	@$(PY) -m benchmarks
	@$(PY) -m benchmarks.imports
	@$(PY) -m benchmarks.largest_import
	@$(PY) -m benchmarks.profiles
	@$(PY) -m benchmarks.starts --tests

bench-quick: setup
	@$(PY) -m benchmarks --quick

# Fills millions of rows first, through the product's own services: up to an hour. KEEP=folder keeps them.
bench-growth: setup
	@$(PY) -m benchmarks.growth $(if $(KEEP),--keep $(KEEP))
	@$(PY) -m benchmarks.old_times
	@$(PY) -m benchmarks.large_account $(if $(KEEP),--keep $(KEEP))
	@$(PY) -m benchmarks.noisy_neighbour $(if $(KEEP),--keep $(KEEP))

# Starts a PostgreSQL, the release and the service, all its own, in production mode.
live: export PYTHON_DOTENV_DISABLED = 1
live: setup
	@$(PY) -m inventory_api.tests.live

# Of the database that is set, here or in .env; else of the one that `make run` uses.
ifeq ($(DATABASE_URL)$(DB_NAME)$(wildcard .env),)
backup restore: export DEMO = on
backup restore: setup
else
backup restore: setup-service
endif

backup:
	@$(PY) manage.py backup $(FILE)

restore:
	@$(PY) manage.py restore $(or $(FILE),$(error Say which: make restore FILE=backups/...)) $(if $(REPLACE),--replace)


# Generated into build/, and driven against the served product. docs/clients.md
CLIENTS = build/clients
CLIENT_TARGETS = client-schema client-python client-typescript client-generated client-collection client-rules
$(CLIENT_TARGETS): export PYTHON_DOTENV_DISABLED = 1
ifeq ($(DATABASE_URL)$(DB_NAME),)
$(CLIENT_TARGETS): export DEMO = on
endif
client-generated client-python: export PATH := $(CURDIR)/.venv/bin:$(PATH)

client: $(CLIENT_TARGETS)

client-schema: setup
	@$(PY) -m clients.schema $(CLIENTS)/openapi.json

client-packages: setup
	@$(PY) -m pip install --quiet --disable-pip-version-check --requirement requirements-client.txt

client-node:
	@command -v npm >/dev/null || { echo "Node.js 20 or newer is needed, and there is no npm." >&2; exit 1; }

client-python: export PYTHONPATH = $(CLIENTS)/python
client-python: export MYPYPATH = $(CLIENTS)/python
client-python: client-schema client-packages
	@.venv/bin/openapi-python-client generate --path $(CLIENTS)/openapi.json --config clients/python.yaml --meta setup \
		--output-path $(CLIENTS)/python --overwrite --fail-on-warning
	@$(PY) -m mypy --config-file clients/mypy.ini $(CLIENTS)/python/inventory_api_client clients/tests/test_python.py
	@$(PY) -m pytest --quiet clients/tests/test_python.py

client-typescript: client-schema client-node
	@mkdir -p $(CLIENTS)/typescript && cp -R clients/typescript/. $(CLIENTS)/typescript/
	@cd $(CLIENTS)/typescript && npm ci --silent --no-audit --no-fund && npm run --silent build
	@$(PY) -m pytest --quiet clients/tests/test_typescript.py

# openapi-generator's clients in Python, Go and Java. Says which of them the machine lacks something for.
client-generated: client-schema client-packages
	@$(PY) -m clients.generate $(CLIENTS)/openapi.json $(CLIENTS)
	@$(PY) -m pytest --quiet clients/tests/test_generated.py

client-tools: client-node
	@cd clients/tools && npm ci --silent --no-audit --no-fund

client-collection: client-schema client-tools
	@$(PY) -m clients.collection $(CLIENTS)/openapi.json $(CLIENTS)/collection
	@$(PY) -m pytest --quiet clients/tests/test_collection.py

# What two linters of OpenAPI documents say of the schema: anything is an error.
client-rules: export REDOCLY_TELEMETRY = off
client-rules: client-schema client-tools
	@cd clients/tools && npx --no-install redocly lint ../../$(CLIENTS)/openapi.json --config redocly.yaml --max-problems 20
	@cd clients/tools && npx --no-install spectral lint ../../$(CLIENTS)/openapi.json --ruleset spectral.yaml --fail-severity hint --quiet

db-stop:
	@[ -x $(PY) ] || { echo "Nothing is installed here, so no embedded database runs."; exit 0; }; \
	$(PY) -m inventory_api.embedded_postgres stop

SIZE ?= small
# Says DEMO itself: where another database is set, that is refused, and nothing is thrown away. It asks before it throws
# away what people registered; YES=1 is the answer where nobody can be asked.
reset: setup
	@DEMO=on $(PY) manage.py load_demo --reset --size $(SIZE) $(if $(YES),--yes)

doctor:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and there is no $(PYTHON)." >&2; exit 1; }
	@PYTHONWARNINGS= $(PYTHON) bin/doctor.py
