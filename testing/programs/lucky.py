"""Find tests that fail by luck: `python -m testing.programs.lucky --help`.

Runs the files of tests that have changed since the last release, or what the arguments name, in several random orders,
with shifted sequences of ids, while programs that never pause use all cores. Then it runs each test that has failed
alone, and prints in which orders it failed. `build/lucky.log` has the output.
"""

import argparse
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from testing.programs.changed import CLONE, find_release, is_test, list_changed

ENVIRONMENT = {"PYTHONWARNINGS": "error,ignore:The EMAIL_", "PYTHON_DOTENV_DISABLED": "1"}
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+::\S.*?)(?: - .*)?$", re.MULTILINE)
LOG = CLONE / "build" / "lucky.log"  # what the runs with failures have printed
BUSY = "while True: pass"
NICENESS = 3  # the busy programs get twice the share of the tests, which then take three times as long


def main() -> int:
    options = parse_options()
    failed: dict[str, list[int]] = defaultdict(list)
    with keep_busy(options.busy):
        for seed in range(options.seed, options.seed + options.orders):
            found = run("-p", "randomly", "--randomly-seed", str(seed), *options.arguments, processes=options.processes)
            print(f"order {seed}: {len(found)} failed", flush=True)
            for test in found:
                failed[test].append(seed)
    for test, seeds in sorted(failed.items()):
        alone = "fails alone, too" if run(test, processes=0) else "passes alone"
        print(f"{test}: failed in order {', '.join(map(str, seeds))}, {alone}", flush=True)
    return int(bool(failed))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m testing.programs.lucky", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--orders", type=int, default=10, help="the number of random orders")
    parser.add_argument("--seed", type=int, default=1, help="the first order; the next ones have the next numbers")
    parser.add_argument("--busy", type=int, default=os.cpu_count(), help="programs that use a core each")
    parser.add_argument("--processes", type=int, default=(os.cpu_count() or 1) + 1, help="of pytest")
    parser.add_argument(
        "arguments", nargs="*", help="options and paths for pytest, after --; by default the tests that have changed"
    )
    options = parser.parse_args()
    options.arguments = options.arguments or ["--tier", "check", *list_changed_tests()]
    return options


def list_changed_tests() -> list[str]:
    """Return the files of tests that have changed since the last release."""
    changed = [file for file in list_changed(find_release()) if is_test(file) and (CLONE / file).exists()]
    return changed or sys.exit("No file of tests has changed since the last release.")


def run(*arguments: str, processes: int) -> list[str]:
    """Return the tests that fail."""
    command = [sys.executable, "-m", "pytest", "-q", "-rfE", "--tb=short", "-p", "no:cacheprovider", *arguments]
    if processes:
        command += ["--numprocesses", str(processes), "--dist", "loadfile", "--no-loadscope-reorder"]
    result = subprocess.run(
        command, cwd=CLONE, env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, check=False,
        preexec_fn=lambda: os.nice(NICENESS),
    )  # fmt: skip
    failed = FAILED.findall(result.stdout)
    if result.returncode not in (0, 1) or (result.returncode and not failed):
        sys.exit(result.stdout[-4000:] + result.stderr[-2000:])
    if failed:
        LOG.parent.mkdir(exist_ok=True)
        with LOG.open("a", encoding="utf-8") as log:
            log.write(result.stdout)
    return sorted(set(failed))


@contextmanager
def keep_busy(number: int) -> Iterator[None]:
    """Run programs that use a core each until the end of the block."""
    programs = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(number)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()
            program.wait()


if __name__ == "__main__":
    sys.exit(main())
