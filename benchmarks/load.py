"""Load by wrk, a driver in C: keep-alive clients that ask as fast as they are answered."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "wrk"
CLIENTS = 8


@dataclass(frozen=True)
class Load:
    """What the clients saw; times in milliseconds."""

    seconds: float
    answers: int
    p50: float
    p99: float
    refused: int = 0  # answers other than 2xx and 3xx
    lost: int = 0  # connections closed or timed out: a worker that retires closes its own

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


def check_driver() -> None:
    if shutil.which("wrk") is None:
        sys.exit("The load driver wrk is missing: install it (on Debian and Ubuntu: apt install wrk).")


def drive(url: str, script: str, seconds: float, variables: dict[str, str], clients: int = CLIENTS) -> Load:
    """Ask for so long by the script of this name, which reads the variables."""
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:.0f}s", "--timeout=30s", "-s", f"{script}.lua", url]
    done = subprocess.run(
        command, cwd=SCRIPTS, env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )
    return Load(**json.loads(done.stdout.strip().splitlines()[-1]))
