"""`python -m benchmarks.starts`: seconds from `make run` to the first response, and of `make test`."""

import argparse
import http.client
import os
import signal
import subprocess
import sys
import time

from benchmarks import results
from core.embedded_postgres import place
from testing.serving import find_free_port

STARTS = 3
TIMEOUT_SECONDS = 300
PAUSE_SECONDS = 0.02
MAX_OUTPUT_SHOWN = 5000


def measure_start() -> float:
    """Start `make run` at a free port, wait for its first response, and stop it. Return the seconds."""
    port = find_free_port()
    started = time.monotonic()
    environment = {**os.environ, "PORT": str(port), "PYTHON_DOTENV_DISABLED": "1"}
    process = subprocess.Popen(
        ["make", "run"], cwd=place.CLONE, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        while not is_ready(port):
            assert process.poll() is None, "make run ended"
            assert time.monotonic() - started < TIMEOUT_SECONDS, "make run did not respond in time"
            time.sleep(PAUSE_SECONDS)
        return time.monotonic() - started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def measure_tests() -> float:
    started = time.monotonic()
    done = subprocess.run(["make", "test"], cwd=place.CLONE, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"make test failed:\n{done.stdout[-MAX_OUTPUT_SHOWN:]}")
    return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also run make test, which takes some minutes")
    arguments = parser.parse_args()
    first, *others = [measure_start() for _ in range(1 + STARTS)]
    facts = [
        f"`make run` until /readyz responds: {min(others):.1f} to {max(others):.1f} s in {STARTS} runs. The run before"
        f" them took {first:.1f} s, including the set-up that the clone still needed."
    ]
    if arguments.tests:
        facts.append(f"`make test`: {measure_tests():.0f} s.")
    results.write_section("Start and tests", "\n\n".join([results.describe_machine(), *facts]))


if __name__ == "__main__":
    main()
