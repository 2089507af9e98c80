"""A plugin of pytest: `--shuffle SEED` runs the files, and the tests of each file, in a random order.

conftest.py also starts each sequence of ids at another number then: see `sequences.py`.
"""

from random import Random
from typing import Any

import pytest


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
