"""The load, which wrk generates: keep-alive clients that send a request after each response."""

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
    """The figures of a run. p50 and p99 are response times in milliseconds."""

    seconds: float
    answers: int
    p50: float
    p99: float
    refused: int = 0  # the number of responses other than 2xx and 3xx
    lost: int = 0  # connections that were closed or timed out; a worker that is replaced closes its connections

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


def require_wrk() -> None:
    if shutil.which("wrk") is None:
        sys.exit("The load driver wrk is missing: install it (on Debian and Ubuntu: apt install wrk).")


def run_wrk(url: str, script: str, seconds: float, variables: dict[str, str]) -> Load:
    """Run the script of this name for `seconds`, with the variables in its environment."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds:.0f}s", "--timeout=30s", "-s", f"{script}.lua", url]
    done = subprocess.run(
        command, cwd=SCRIPTS, env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )
    return Load(**json.loads(done.stdout.strip().splitlines()[-1]))
