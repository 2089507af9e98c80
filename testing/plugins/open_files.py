"""A plugin of pytest. A test fails if it leaves a temporary file open.

Without it, Python would warn about the unclosed file during a later test, which would fail instead. Responses that a
test has not read are closed when it ends, because servers close responses.
"""

import tempfile
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections

OPENED: weakref.WeakSet[Any] = weakref.WeakSet()
STREAMED: list[Any] = []
OPEN = tempfile.TemporaryFile


def open_temporary_file(*args: Any, **options: Any) -> Any:
    file = OPEN(*args, **options)
    OPENED.add(file)
    return file


def watch_files() -> None:
    """Record all temporary files from now on. Call this before modules import `tempfile.TemporaryFile`."""
    tempfile.TemporaryFile = open_temporary_file


def close_responses() -> None:
    """Close the streamed responses of the test, but keep the connection to the database."""
    request_finished.disconnect(close_old_connections)
    while STREAMED:
        STREAMED.pop().close()
    request_finished.connect(close_old_connections)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    OPENED.clear()
    yield
    close_responses()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Fail if the test has opened a file that is still open after its fixtures have ended."""
    opened = [*OPENED]
    yield
    left = [file for file in opened if not file.closed]
    for file in left:
        file.close()
    if left:
        pytest.fail(f"The test leaves {len(left)} temporary files open.", pytrace=False)
