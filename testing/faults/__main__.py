"""Plant faults one after the other, and print for each which test finds it and how many CPU seconds that takes.

`tables/*.toml` has the faults. One is never written into the working tree: the environment variable PLANTED_FAULT names
it, and `site/sitecustomize.py` and `plugin.py` plant it. The tests of its own folder run first, then the others of its
app, then those that import its module. Without --keep-going, a run ends at the first test that fails. The CPU seconds
are those of pytest and of the processes that it starts, without those of PostgreSQL.
"""

import argparse
import configparser
import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from testing.changed import OWN_ROOM, explain
from testing.faults.plugin import NOT_LOADED
from testing.faults.table import CLONE, Fault, list_faults

FAILED = re.compile(r"^(?:FAILED|ERROR) (\S.*?)(?: - .*)?$", re.MULTILINE)
COUNTS = re.compile(r"(\d+) (?:passed|failed|error)")
FOUND = {0: False, 1: True}  # by the exit status of pytest. Any other means that the run has failed.
CONTROL = Fault(name="control", subject="", rule="No fault.", file="", old="")
ARGUMENTS = ["-p", "testing.faults.plugin", "-p", "no:cacheprovider", "-q", "-rfE", "--tb=line", "--show-capture=no"]
# Migrates the database from which those of the tests are copied, so that no fault takes part in that.
PREPARE = """
import conftest
from testing import migrated_database
if conftest.settings.DATABASES["default"]["ENGINE"] == conftest.EMBEDDED_ENGINE:
    migrated_database.make()
"""
ENVIRONMENT = {
    "PYTHONPATH": os.pathsep.join([str(CLONE / "testing/faults/site"), str(CLONE)]),
    "PYTHONWARNINGS": "error,ignore:The EMAIL_",
    "PYTHON_DOTENV_DISABLED": "1",
}


def main() -> int:
    options = parse_options()
    faults = [CONTROL] if options.control else choose_faults(options)
    if options.list:
        print("\n".join(f"{fault.subject:10} {fault.name:42} {fault.rule}" for fault in faults))
        return 0
    subprocess.run([sys.executable, "-c", PREPARE], cwd=CLONE, env={**os.environ, **ENVIRONMENT}, check=True)
    slots: SimpleQueue[int] = SimpleQueue()
    for slot in range(options.jobs):
        slots.put(slot)
    with ThreadPoolExecutor(options.jobs) as pool:
        found = [show(one, options.results) for one in pool.map(lambda fault: run(fault, options, slots), faults)]
    print(f"{found.count(True)} of {len(found)} found")
    return int(any(one is options.control or one is None for one in found))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m testing.faults", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="plant these faults only")
    parser.add_argument("--subject", nargs="+", help="plant the faults of these tables only")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="plant each N-th of them only")
    parser.add_argument("--tier", choices=("quick", "check"), default="quick", help="the tests that run")
    parser.add_argument("--paths", nargs="+", metavar="PATH", help="run the tests of these files and folders only")
    parser.add_argument("--list", action="store_true", help="print the faults, and plant none")
    parser.add_argument("--keep-going", action="store_true", help="run all tests, and list all that fail")
    parser.add_argument("--results", type=Path, metavar="FILE", help="append a line of JSON for each fault")
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=1, help="faults at the same time")
    parser.add_argument("--control", action="store_true", help="plant no fault: no test may fail")
    parser.add_argument("--minutes", type=float, default=60, help="end a run after this time")
    return parser.parse_args()


def choose_faults(options: argparse.Namespace) -> list[Fault]:
    faults, names, subjects = list_faults(), options.only or [], options.subject or []
    known = {fault.name for fault in faults} | {fault.subject for fault in faults}
    if unknown := {*names, *subjects} - known:
        sys.exit(f"There is no fault or subject {', '.join(sorted(unknown))}.")
    chosen = [fault for fault in faults if not names or fault.name in names]
    return [fault for fault in chosen if not subjects or fault.subject in subjects][:: options.every]


def run(fault: Fault, options: argparse.Namespace, slots: "SimpleQueue[int]") -> dict[str, Any]:
    """Run the tests with the fault, and return the result."""
    slot = slots.get()
    # pytest-django adds the second variable to the name of the database.
    planted = {"PLANTED_FAULT": "" if fault is CONTROL else fault.name, "TOX_PARALLEL_ENV": f"fault{slot}"}
    command = [sys.executable, "-m", "pytest", *ARGUMENTS, f"--tier={options.tier}"]
    command += [] if options.keep_going else ["-x"]
    with subprocess.Popen(
        command + order_tests(fault, options.paths), cwd=CLONE, env={**os.environ, **ENVIRONMENT, **planted},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        timer = threading.Timer(options.minutes * 60, process.kill)
        timer.start()
        output = process.stdout.read().decode(errors="replace")  # type: ignore[union-attr]
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        timer.cancel()
    slots.put(slot)
    return read_result(fault, process.returncode, output) | {"seconds": round(usage.ru_utime + usage.ru_stime, 1)}


def order_tests(fault: Fault, paths: list[str] | None) -> list[str]:
    """Return the files of tests: of the fault's folder, of the folders around it, its importers, the rest.

    The paths select some of them.
    """
    pytest_ini = configparser.ConfigParser()
    pytest_ini.read(CLONE / "pytest.ini")
    places = [CLONE / place for place in paths or pytest_ini["pytest"]["testpaths"].split()]
    found = [path for place in places for path in ([place] if place.is_file() else sorted(place.rglob("test_*.py")))]
    files = [path.resolve().relative_to(CLONE).as_posix() for path in found]
    reached = explain(fault.file)
    return sorted(dict.fromkeys(files), key=lambda file: (reached.get(file) != OWN_ROOM, file not in reached))


def read_result(fault: Fault, status: int, output: str) -> dict[str, Any]:
    """Return what a run of pytest has found. `found` is None, with the end of the output, if the run has failed."""
    failed, last_line = FAILED.findall(output), output.strip().rpartition("\n")[2]
    found = FOUND.get(status) if failed or NOT_LOADED not in output else None
    result = {"fault": fault.name, "subject": fault.subject, "found": found, "first": failed[0] if failed else None}
    result |= {"failed": failed, "tests": sum(map(int, COUNTS.findall(last_line)))}
    return result if found is not None else result | {"output": output[-2000:]}


def show(result: dict[str, Any], file: Path | None) -> bool | None:
    """Print the result, and append it to the file. Return whether a test has found the fault."""
    found: bool | None = result["found"]
    word = {True: f"found by {result['first']}", False: "found by no test", None: "failed"}[found]
    print(f"{result['fault']:42} {word}: {result['tests']} tests, {result['seconds']} s", flush=True)
    print(result.get("output", ""), end="")
    if file:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(result) + "\n")
    return found


if __name__ == "__main__":
    sys.exit(main())
