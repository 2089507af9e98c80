"""The worker that gunicorn starts beside itself with START_WORKER=on, as `make run` does."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
STOP_SECONDS = 20  # more than an attempt to send takes

started: "list[subprocess.Popen[bytes]]" = []


def start() -> None:
    """Start `manage.py deliver`. It also ends by itself soon after this process, even if that is killed."""
    command = [sys.executable, str(MANAGE), "deliver", "--parent", str(os.getpid())]
    started.append(subprocess.Popen(command))  # noqa: S603


def stop() -> None:
    """Stop the worker, and wait for the attempts that it is making."""
    while started:
        worker = started.pop()
        worker.terminate()
        with suppress(subprocess.TimeoutExpired):
            worker.wait(STOP_SECONDS)
