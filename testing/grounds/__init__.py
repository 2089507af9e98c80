"""Grounds: the database servers on which `make live GROUND=…` runs the service.

Each module here is a ground. It has a context manager `run()`, which starts the servers, yields a `Ground` with an
empty database named DATABASE, and stops the servers. It may have `EXCLUDED_TESTS`: the reason of each test that can't
pass on this ground, by the test's id, and `OWN_TESTS`: files of tests that run on the ground in pytest's own process.
`testing/cluster.py` starts PostgreSQL servers.
"""

import pkgutil
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Protocol

NAME = "live"
DATABASE = f"test_{NAME}"  # the ledger can be emptied only in databases whose name begins with `test_`


class MissingProgramError(Exception):
    """A program that the ground needs is not installed. The message is one sentence that names it."""


@dataclass
class Ground:
    """Running servers, and how the service connects to them."""

    folder: Path  # for files, such as the service's log; removed at the end
    variables: dict[str, str]  # of the service and of commands; DATABASE_URL or DB_…, with DATABASE as the name
    tests: dict[str, str] = field(default_factory=dict)  # that the test process has in addition, or instead
    commands: list[list[str]] = field(default_factory=list)  # of manage.py, to run after the release: [["distribute"]]


class GroundModule(Protocol):
    """What a module of this package has. The others are optional: `list_excluded_tests()` and `list_own_tests()`."""

    def run(self) -> AbstractContextManager[Ground]: ...


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
