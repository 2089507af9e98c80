"""A test fails if it leaves a temporary file open: testing/plugins/open_files.py."""

import tempfile
from contextlib import suppress
from functools import partial

import pytest

from testing.plugins import open_files
from testing.tables import all_cases


def teardown():
    """Run the hook that pytest runs at the end of each test."""
    hook = open_files.pytest_runtest_teardown(None)
    next(hook)
    with suppress(StopIteration):
        next(hook)


@all_cases("opener", [tempfile.TemporaryFile, partial(tempfile.SpooledTemporaryFile, max_size=1)])
def test_a_test_fails_if_it_leaves_a_temporary_file_open(opener):
    file = opener()
    file.write(b"text")
    with pytest.raises(pytest.fail.Exception, match="1 temporary files"):
        teardown()
    teardown()
    assert file.closed or file._file.closed


def test_a_streamed_response_that_a_test_does_not_read_is_closed(as_alice, kettle):
    response = as_alice.get("/api/products/export/?format=xlsx")
    assert (response.streaming, response.closed) == (True, False)
    open_files.close_responses()
    teardown()
    assert response.closed
