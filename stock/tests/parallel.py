"""Runs functions at once, each in a thread and a database connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connections


def at_once(*functions: Callable[[], Any]) -> list[Any]:
    """The results in the order of the functions; all start together, and an exception is a result, too."""
    barrier = Barrier(len(functions))

    def run(function: Callable[[], Any]) -> Any:
        try:
            barrier.wait()
            return function()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))
