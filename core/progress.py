"""The progress of a long step in a terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

PROGRESS_SECONDS = 2


@contextmanager
def show_progress(step: str) -> Iterator[None]:
    """Print the step with the seconds that have passed, every two seconds until it ends.

    A short step prints nothing.
    """
    ended = Event()

    def report() -> None:
        started = time.monotonic()
        while not ended.wait(PROGRESS_SECONDS):
            print(f"{step} ... {time.monotonic() - started:.0f} s", flush=True)

    thread = Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
