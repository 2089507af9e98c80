"""Other frameworks on the product's tables. Their packages are in testing/requirements/bench.txt."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from benchmarks import servers
from benchmarks.servers import Server

PACKAGES = ("fastapi", "sqlalchemy", "greenlet", "asyncpg", "uvicorn", "uvloop", "httptools", "ninja")
NOT_INSTALLED = (
    "FastAPI and django-ninja are left out: install them with pip install -r testing/requirements/bench.txt."
)
FASTAPI_ASYNC, FASTAPI_SYNC, NINJA = "FastAPI (async)", "FastAPI (sync)", "django-ninja"


@dataclass(frozen=True)
class Peer:
    name: str
    application: str
    serve: Callable[[str, dict[str, str], Path], AbstractContextManager[Server]]
    variables: dict[str, str] = field(default_factory=dict)

    def start(self, variables: dict[str, str], folder: Path) -> AbstractContextManager[Server]:
        """Serve the application with the product's variables. The folder gets its log."""
        return self.serve(self.application, {**variables, **self.variables}, folder)


FASTAPI = "benchmarks.references.fastapi_sqlalchemy"
DJANGO_NINJA = "benchmarks.references.django_ninja"
PEERS = [
    Peer(FASTAPI_ASYNC, f"{FASTAPI}.async_app:app", servers.start_uvicorn),
    Peer(FASTAPI_SYNC, f"{FASTAPI}.sync_app:app", servers.start_uvicorn),
    Peer(
        NINJA,
        f"{DJANGO_NINJA}.wsgi:application",
        servers.start_gunicorn,
        {"DJANGO_SETTINGS_MODULE": f"{DJANGO_NINJA}.settings"},
    ),
]


def are_installed() -> bool:
    return all(find_spec(package) is not None for package in PACKAGES)
