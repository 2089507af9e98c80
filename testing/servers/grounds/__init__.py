"""Grounds: the database servers on which `make live GROUND=…` runs the service.

Each module here is a ground. It has a context manager `run()`, which starts the servers, yields a `Ground` with an
empty database named DATABASE, and stops the servers. It may have `EXCLUDED_TESTS`: the reason of each test that can't
pass on this ground, by the test's id, and `OWN_TESTS`: files of tests that run on the ground in pytest's own process.
`testing/servers/cluster.py` starts PostgreSQL servers.
"""

import pkgutil
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol

NAME = "live"
DATABASE = f"test_{NAME}"  # the ledger can be emptied only in databases whose names begin with `test_`


class MissingProgramError(Exception):
    """A program that the ground needs is not installed. The message is one sentence that names it."""


@dataclass
class Ground:
    """Running servers, and the settings with which the service connects to them."""

    folder: Path  # for files such as the service's log; the folder is removed at the end
    variables: dict[str, str]  # for the service and for commands: DATABASE_URL or DB_…, with the database DATABASE
    # The variables that the test process has in addition or instead.
    tests: dict[str, str] = field(default_factory=dict)
    # The commands of manage.py that run after the release, such as [["distribute"]].
    commands: list[list[str]] = field(default_factory=list)


class GroundModule(Protocol):
    """The members of each module in this package. `list_excluded_tests()` and `list_own_tests()` read optional ones."""

    def run(self, **options: bool) -> AbstractContextManager[Ground]: ...


def list_names() -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> GroundModule:
    module: GroundModule = import_module(f"{__name__}.{name}")
    return module


def list_excluded_tests(name: str) -> dict[str, str]:
    """Return the reason of each test that can't pass on the ground, by the test's id."""
    return getattr(load(name), "EXCLUDED_TESTS", {})


def list_own_tests(name: str) -> list[str]:
    """Return the files of tests that run on the ground, but not over HTTP."""
    return getattr(load(name), "OWN_TESTS", [])
