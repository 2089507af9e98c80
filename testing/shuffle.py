"""A plugin of pytest: `--shuffle SEED` runs the files, and the tests of each file, in a random order.

It also starts each sequence of ids at another number, so that the ids of two tables agree in no test by chance.
"""

from random import Random
from typing import Any

import pytest
from django.db import connection

LIST_SEQUENCES = "SELECT quote_ident(sequencename) FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename"
HIGHEST_START = 50_000  # ids of this size fit into a smallint's text, a page and a label, as the ids of a new shop do


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run the tests in this random order")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle the files and the tests in each. All processes of pytest-xdist get the same order."""
    seed = config.getoption("shuffle")
    if seed is None:
        return
    files: dict[Any, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    order = sorted(files)
    Random(seed).shuffle(order)  # noqa: S311
    for file in order:
        Random(f"{seed} {file.name}").shuffle(files[file])  # noqa: S311
    items[:] = [item for file in order for item in files[file]]


@pytest.fixture(scope="session", autouse=True)
def shift_sequences(request: pytest.FixtureRequest) -> None:
    seed = request.config.getoption("shuffle")
    if seed is None:
        return
    request.getfixturevalue("django_db_setup")
    with request.getfixturevalue("django_db_blocker").unblock(), connection.cursor() as cursor:
        cursor.execute(LIST_SEQUENCES)
        for (sequence,) in cursor.fetchall():
            start = Random(f"{seed} {sequence}").randrange(1, HIGHEST_START)  # noqa: S311
            cursor.execute(f"ALTER SEQUENCE {sequence} RESTART WITH {start}")
