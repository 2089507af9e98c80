"""Stop and continue what traces this process, such as coverage."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def trace(tracer: Any, tracer_of_threads: Any) -> None:
    threading.settrace(tracer_of_threads)
    sys.settrace(tracer)


def stop_tracing() -> tuple[Any, Any]:
    """Measure nothing in this thread and in new ones. Return the functions that have measured."""
    tracers = sys.gettrace(), threading.gettrace()
    trace(None, None)
    return tracers


@contextmanager
def unmeasured() -> Iterator[None]:
    """Measure nothing in the block, such as the migrations, which the first test of all runs."""
    tracers = stop_tracing()
    try:
        yield
    finally:
        trace(*tracers)
