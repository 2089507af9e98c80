"""Count the work of a request. Unlike its time, it does not depend on how busy the machine is."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from testing.laws.query_plans import count_rows


class Work:
    """What was done for a request: the calls of functions, and the rows that PostgreSQL has read and compared."""

    def __init__(self) -> None:
        self.calls = self.rows = 0

    def count_call(self, _frame: Any, event: str, _argument: Any) -> None:
        self.calls += event in ("call", "c_call")

    def explain(self, execute: Any, statement: str, parameters: Any, many: bool, context: Any) -> Any:
        """Execute the statement twice, at first to count its rows."""
        if statement.split(maxsplit=1)[0] in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"):
            profile = sys.getprofile()
            sys.setprofile(None)
            self.rows += count_rows(statement, parameters)
            sys.setprofile(profile)
        return execute(statement, parameters, many, context)


@contextmanager
def counted() -> Iterator[Work]:
    work = Work()
    with connection.execute_wrapper(work.explain):
        sys.setprofile(work.count_call)
        try:
            yield work
        finally:
            sys.setprofile(None)
