"""`python -m benchmarks.starts`: seconds from `make run` to the first response, and of `make test`.

`--fresh` measures the first start in a new clone of the last commit, too, and the longest time without a line.
"""

import argparse
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread
from typing import IO

from benchmarks import results
from core.database.embedded import place
from testing.serving import find_free_port

STARTS = 5
TIMEOUT_SECONDS = 300
PAUSE_SECONDS = 0.01
MAX_OUTPUT_SHOWN = 5000


class Output(Thread):
    """Reads the lines of a process, and measures the longest time without a line."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(daemon=True)
        self.stream, self.longest_silence, self.last_line_at = stream, 0.0, time.monotonic()

    def run(self) -> None:
        for _ in self.stream:
            self.longest_silence = max(self.longest_silence, time.monotonic() - self.last_line_at)
            self.last_line_at = time.monotonic()


def measure_start(clone: Path) -> tuple[float, float]:
    """Start `make run` at a free port, wait for its first response, and stop it.

    Return the seconds, and the longest time without a line.
    """
    port = find_free_port()
    started = time.monotonic()
    environment = {**os.environ, "PORT": str(port), "PYTHON_DOTENV_DISABLED": "1"}
    process = subprocess.Popen(
        ["make", "run"], cwd=clone, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    output = Output(process.stdout)
    output.start()
    try:
        while not is_healthy(port):
            assert process.poll() is None, "make run ended"
            assert time.monotonic() - started < TIMEOUT_SECONDS, "make run did not respond in time"
            time.sleep(PAUSE_SECONDS)
        return time.monotonic() - started, output.longest_silence
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def measure_fresh_clone() -> str:
    """Return a sentence about the first start in a new clone of the last commit. Remove it afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(place.CLONE), str(clone)], check=True)
        try:
            seconds, silence = measure_start(clone)
        finally:
            subprocess.run(["make", "db-stop"], cwd=clone, stdout=subprocess.DEVNULL, check=False)
    return f"In a new clone it took {seconds:.0f} s, with a line at least every {silence:.1f} s."


def measure_tests() -> float:
    started = time.monotonic()
    done = subprocess.run(["make", "test"], cwd=place.CLONE, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"make test failed:\n{done.stdout[-MAX_OUTPUT_SHOWN:]}")
    return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="also the first start in a new clone, up to a minute")
    parser.add_argument("--tests", action="store_true", help="also run make test, which takes some minutes")
    arguments = parser.parse_args()
    first, *others = [measure_start(place.CLONE)[0] for _ in range(1 + STARTS)]
    facts = [
        f"`make run` until /healthz responds: {min(others):.2f} to {max(others):.2f} s in {STARTS} runs. The run before"
        f" them took {first:.2f} s, including the set-up that the clone still needed."
    ]
    if arguments.fresh:
        facts.append(measure_fresh_clone())
    if arguments.tests:
        facts.append(f"`make test`: {measure_tests():.0f} s.")
    results.write_section("Start and tests", "\n\n".join([results.describe_machine(), *facts]))


if __name__ == "__main__":
    main()
