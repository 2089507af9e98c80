"""Plant faults one after the other, and print for each which test finds it and how many CPU seconds that takes.

The tests of the fault's own folder run first, then those that import its module, then the others. Without --keep-going,
a run ends at the first test that fails. The database servers' CPU seconds are not counted.
"""

import argparse
import configparser
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from testing.changed import find_folders, find_importers
from testing.faults.plugin import NOT_LOADED
from testing.faults.table import CLONE, Fault, list_faults

FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
COUNTS = re.compile(r"(\d+) (?:passed|failed|error)")
FOUND, NOT_FOUND = 1, 0  # exit statuses of pytest. Any other means that the run has failed.
CONTROL = Fault(name="control", subject="", rule="No fault.", file="", old="")
MAX_JOBS = 2


def main() -> int:
    options = parse_options()
    faults = [CONTROL] if options.control else choose_faults(options.only, options.subject)
    if options.list:
        for fault in faults:
            print(f"{fault.subject:12} {fault.name:44} {fault.rule}")
        return 0
    slots: SimpleQueue[int] = SimpleQueue()
    for slot in range(options.jobs):
        slots.put(slot)
    with ThreadPoolExecutor(options.jobs) as pool:
        results = [show(result, options.results) for result in pool.map(lambda one: run(one, options, slots), faults)]
    print(f"{sum(result['found'] is True for result in results)} of {len(results)} found")
    expected = not options.control
    return int(any(result["found"] is not expected for result in results))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m testing.faults", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NAME", help="plant these faults only")
    parser.add_argument("--subject", nargs="+", help="plant the faults of these tables only")
    parser.add_argument("--tier", choices=("quick", "check"), default="quick", help="the tests that run")
    parser.add_argument("--paths", nargs="+", metavar="PATH", help="run the tests of these files and folders only")
    parser.add_argument("--list", action="store_true", help="print the faults, and plant none")
    parser.add_argument("--keep-going", action="store_true", help="run all tests, and list all that fail")
    parser.add_argument("--results", type=Path, metavar="FILE", help="append a line of JSON for each fault")
    parser.add_argument("--jobs", type=int, choices=range(1, MAX_JOBS + 1), default=1, help="faults at the same time")
    parser.add_argument("--control", action="store_true", help="plant no fault: no test may fail")
    parser.add_argument("--minutes", type=float, default=60, help="end a run after this time")
    return parser.parse_args()


def choose_faults(names: list[str] | None, subjects: list[str] | None) -> list[Fault]:
    faults = list_faults()
    if unknown := {*(names or [])} - {fault.name for fault in faults}:
        sys.exit(f"There is no fault {', '.join(sorted(unknown))}.")
    if unknown := {*(subjects or [])} - {fault.subject for fault in faults}:
        sys.exit(f"There is no subject {', '.join(sorted(unknown))}.")
    return [
        fault for fault in faults if (not names or fault.name in names) and (not subjects or fault.subject in subjects)
    ]


def run(fault: Fault, options: argparse.Namespace, slots: "SimpleQueue[int]") -> dict[str, Any]:
    """Run the tests with the fault, and return the result."""
    slot = slots.get()
    environment = {
        **os.environ,
        "PYTHONWARNINGS": "error,ignore:The EMAIL_",
        "PYTHON_DOTENV_DISABLED": "1",
        "PYTHONPATH": os.pathsep.join([str(CLONE / "testing/faults/site"), str(CLONE)]),
        "PLANTED_FAULT": "" if fault is CONTROL else fault.name,
        "TOX_PARALLEL_ENV": f"fault{slot}",  # pytest-django adds it to the name of the database
    }
    command = [sys.executable, "-m", "pytest", "-p", "testing.faults.plugin", "-p", "no:cacheprovider", "-q", "-rfE"]
    command += ["--tb", "line", "--tier", options.tier, *([] if options.keep_going else ["-x"])]
    command += order_tests(fault, options.paths)
    process = subprocess.Popen(command, cwd=CLONE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    timer = threading.Timer(options.minutes * 60, process.kill)
    timer.start()
    with process.stdout as stdout:  # type: ignore[union-attr]
        output = stdout.read().decode(errors="replace")
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
    files = [file for place in paths or pytest_ini["pytest"]["testpaths"].split() for file in list_files(CLONE / place)]
    folders = sorted(find_folders([fault.file]), key=len, reverse=True)
    importers = find_importers([fault.file]) if fault.file else set()

    def rank(file: str) -> tuple[int, bool]:
        near = [index for index, folder in enumerate(folders) if file.startswith(f"{folder}/tests/")]
        return near[0] if near else len(folders), file not in importers

    return sorted(dict.fromkeys(files), key=rank)


def list_files(place: Path) -> Iterator[str]:
    for path in [place] if place.is_file() else sorted(place.rglob("test_*.py")):
        yield path.resolve().relative_to(CLONE).as_posix()


def read_result(fault: Fault, status: int, output: str) -> dict[str, Any]:
    """Return what a run of pytest has found. `found` is None, with the end of the output, if the run has failed."""
    failed = FAILED.findall(output)
    result = {
        "fault": fault.name,
        "found": {FOUND: True, NOT_FOUND: False}.get(status),
        "first": failed[0] if failed else None,
        "failed": failed,
        "tests": sum(map(int, COUNTS.findall(output.strip().rpartition("\n")[2]))),
    }
    if result["found"] is None or NOT_LOADED in output:
        result |= {"found": True if failed else None, "error": output[-2000:]}
    return result


def show(result: dict[str, Any], file: Path | None) -> dict[str, Any]:
    """Print the result, and append it to the file."""
    word = {True: "found by", False: "NOT FOUND", None: "FAILED"}[result["found"]]
    found = f"{result['first'] or ''} {result['tests']} tests, {result['seconds']} s"
    print(f"{result['fault']:44} {word} {found}", flush=True)
    if result["found"] is None:
        print(result["error"])
    if file:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(result) + "\n")
    return result


if __name__ == "__main__":
    sys.exit(main())
