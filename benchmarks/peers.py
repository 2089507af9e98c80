"""FastAPI on the product's tables. Its packages are in testing/requirements/bench.txt."""

from importlib.util import find_spec

PACKAGES = ("fastapi", "sqlalchemy", "greenlet", "asyncpg", "uvicorn", "uvloop", "httptools")
NOT_INSTALLED = "FastAPI is left out: install it with pip install -r testing/requirements/bench.txt."
FASTAPI = "FastAPI"
FASTAPI_APPLICATION = "benchmarks.references.fastapi_sqlalchemy.app:app"


def are_installed() -> bool:
    return all(find_spec(package) is not None for package in PACKAGES)
