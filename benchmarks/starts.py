"""`python -m benchmarks.starts`: seconds from `make run` to the first answer, and of `make test`."""

import argparse
import http.client
import os
import signal
import subprocess
import sys
import time

from benchmarks import results
from core.embedded_postgres import place
from testing.serving import free_port

STARTS = 3
PATIENCE_SECONDS = 300
PAUSE_SECONDS = 0.02
OUTPUT_SHOWN = 5000


def seconds_to_the_first_answer() -> float:
    """Of `make run` at a free port, stopped again."""
    port = free_port()
    started = time.monotonic()
    environment = {**os.environ, "PORT": str(port), "PYTHON_DOTENV_DISABLED": "1"}
    process = subprocess.Popen(
        ["make", "run"], cwd=place.CLONE, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        while not answers(port):
            assert process.poll() is None, "make run ended"
            assert time.monotonic() - started < PATIENCE_SECONDS, "make run does not answer"
            time.sleep(PAUSE_SECONDS)
        return time.monotonic() - started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def seconds_of_the_tests() -> float:
    started = time.monotonic()
    done = subprocess.run(["make", "test"], cwd=place.CLONE, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"make test failed:\n{done.stdout[-OUTPUT_SHOWN:]}")
    return time.monotonic() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="run make test as well, some minutes")
    asked = parser.parse_args()
    first, *others = [seconds_to_the_first_answer() for _ in range(1 + STARTS)]
    facts = [
        f"`make run` to the first answer of /readyz: {min(others):.1f} to {max(others):.1f} s, {STARTS} times;"
        f" the time before them {first:.1f} s, with whatever the clone had to make first."
    ]
    if asked.tests:
        facts.append(f"`make test`, all of it: {seconds_of_the_tests():.0f} s.")
    results.write("Starting and testing", "\n\n".join([results.machine(), *facts]))


if __name__ == "__main__":
    main()
