"""Tests with a table of cases."""

import functools
import inspect
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, models, transaction
from psycopg.pq import TransactionStatus

from testing.deferred import check_deferred_constraints
from testing.plugins.left_out import is_there
from users import reading


def all_cases(
    names: str | tuple[str, ...], cases: Iterable[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run the function with every case in one test, which fails with a list of all cases that fail.

    `names` are the parameter, or the parameters, that a case fills, as for `pytest.mark.parametrize`. The other
    parameters are fixtures, which all cases share. What a case writes to the database is rolled back after it, and the
    rows among the fixtures are read again. A test that changes something else uses `parametrize`, which makes a test of
    each case. So does `make live`, whose service commits what a case writes, for the first and the last case.
    """
    cases = list(cases)
    if "testing.plugins.over_http" in sys.modules:
        return pytest.mark.parametrize(names, cases[:1] + cases[1:][-1:])
    columns = (names,) if isinstance(names, str) else names
    rows = [(case,) for case in cases] if isinstance(names, str) else cases

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def test(**fixtures: Any) -> None:
            failures = []
            for row in rows:
                try:
                    with rolled_back(fixtures.values()):
                        function(**dict(zip(columns, row, strict=True)), **fixtures)
                except (Exception, pytest.fail.Exception) as failure:
                    failure.add_note(f"case: {row!r}")
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} cases fail", failures)

        signature = inspect.signature(function)
        fixtures = [one for name, one in signature.parameters.items() if name not in columns]
        test.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return test

    return decorate


def with_app(label: str, cases: Any) -> Any:
    """Return the cases that need the app of this label, or without it an empty list, set or dictionary."""
    return cases if is_there(label) else type(cases)()


@contextmanager
def rolled_back(fixtures: Iterable[Any]) -> Iterator[None]:
    """Roll back what is written, if the test runs in a transaction, and read the rows among the fixtures again."""
    if not connection.in_atomic_block:
        yield
        return
    try:
        with transaction.atomic():
            yield
            if connection.connection.info.transaction_status != TransactionStatus.INERROR:  # after a refused statement
                check_deferred_constraints()
            transaction.set_rollback(True)
    finally:
        reading.FOUND.clear()  # what the shops use was found in the rows
        for row in fixtures:
            if isinstance(row, models.Model):
                row.refresh_from_db()


def each_value(names: tuple[str, ...], *columns: Iterable[Any], **options: Any) -> pytest.MarkDecorator:
    """Parametrize a test with all combinations of the values of the columns.

    `make check` runs as many of them as it takes to use each value once, and `make check-long` runs all. This is for
    values that the product treats independently of each other. `options` are those of `parametrize`.
    """
    columns = [list(values) for values in columns]
    longest = max(map(len, columns))
    shown = {tuple(number % len(values) for values in columns) for number in range(longest)}
    cases = []
    for places in itertools.product(*(range(len(values)) for values in columns)):
        values = [column[place] for column, place in zip(columns, places, strict=True)]
        cases.append(pytest.param(*values, marks=() if places in shown else pytest.mark.long))
    return pytest.mark.parametrize(names, cases, **options)
