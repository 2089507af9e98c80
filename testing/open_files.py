"""Fail the test that leaves a temporary file open, as a plugin of pytest.

Otherwise its object may be collected during another test, which Python's warning about an unclosed file would fail.
A response that a test does not read is closed at its end, as servers close it.
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
    """Remember all temporary files. Call this before modules import the function."""
    tempfile.TemporaryFile = open_temporary_file


def close_responses() -> None:
    """Close the streamed responses of the test, without the connection to its database."""
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
    """Fail if a file that was opened while the test ran is still open, after its fixtures have ended."""
    opened = [*OPENED]
    yield
    left = [file for file in opened if not file.closed]
    for file in left:
        file.close()
    if left:
        pytest.fail(f"The test leaves {len(left)} temporary files open.", pytrace=False)
