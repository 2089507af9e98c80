"""The progress of a long step: one line that counts in place on a terminal, or else a line every two seconds."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

PROGRESS_SECONDS = 2


def get_end_of_line() -> str:
    """Return what ends a line of progress. On a terminal the next line is written over it."""
    return "\033[K\r" if sys.stdout.isatty() else "\n"


@contextmanager
def show_progress(step: str) -> Iterator[None]:
    """Print the step and the seconds that it has taken, every two seconds until the block ends."""
    ended = Event()

    def report() -> None:
        started = time.monotonic()
        while not ended.wait(PROGRESS_SECONDS):
            print(f"{step} ... {time.monotonic() - started:.0f} s", end=get_end_of_line(), flush=True)

    thread = Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
