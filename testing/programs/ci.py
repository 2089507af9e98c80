"""What must pass before a change lands: `make check`, and what else the changes since the last release touch.

`.ci/run` runs this. `make check` runs whole; if it does not end within ALL_SECONDS, this fails. Each of the others ends
within STEP_SECONDS by itself, or is stopped and listed. What no longer fits is listed, too, and so is what needs a
program that this machine lacks and packages of Debian do not bring. What the newest commits touch runs first. The last
lines say what ran and why, what did not, and which tests failed by luck.
"""

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from testing.plugins import second_try
from testing.programs.changed import CLONE, find_release, git
from testing.servers import cluster
from testing.servers.grounds import MissingProgramError, citus

ALL_SECONDS, STEP_SECONDS = 75 * 60, 10 * 60
BEGIN_MINUTES = 7  # no test of a step begins later, so that the last one ends in time
STOP_SECONDS = 60
LUCKY = Path("build/lucky.txt")
ROOMS = Path(__file__).with_name("ci.toml")
MIGRATION = re.compile(r"(^|/)migrations/\d\w+\.py$|\.sql$|(^|/)sql\w*\.py$")
PAGE = re.compile(r"^(?!.*/migrations/).*(/(static|templates|pages|task_pages)/|[/_]pages?\.py$)")
SERVICE = re.compile(r"core/server/|deploy/|gunicorn\.conf\.py$|Dockerfile$|Procfile$")
NOT_PRODUCT = re.compile(r"^(testing|benchmarks|docs)/|/tests/")


@dataclass
class Step:
    """A command that runs because a path was touched."""

    name: str
    touched: str
    command: list[str]
    packages: dict[str, str] = field(default_factory=dict)  # those of Debian that bring a missing program


def main() -> int:
    started = time.monotonic()
    if status := run_check(started):
        return status
    base, touched = find_release(), list_touched()
    ran, left, failed = list[str](), list[str](), list[str]()
    for step in plan(touched, base):
        if time.monotonic() - started + STEP_SECONDS > ALL_SECONDS:
            left.append(f"{step.name}: no time was left")
            continue
        install(step.packages)
        if missing := find_missing(step):
            left.append(f"{step.name}: {missing}")
            continue
        before = time.monotonic()
        outcome = run(step.command, STEP_SECONDS)
        line = f"{step.name} ({step.touched}), {time.monotonic() - before:.0f} s"
        if outcome is None:
            left.append(f"{line}: not ended within {STEP_SECONDS // 60} minutes")
        elif outcome and step.name in read_table("binding")["steps"]:
            print(f"Failed: {line}")
            return outcome
        elif outcome:
            failed.append(line)
        else:
            ran.append(line)
    print(f"Changes since {base[:9]} also ran: {'; '.join(ran) or 'nothing'}.")
    print(f"Not run: {'; '.join(left) or 'nothing'}.")
    run([sys.executable, "-m", "testing.mutants", "--changed", "--list"], STEP_SECONDS)
    print(describe_end(time.monotonic() - started, failed))
    return 0


def run_check(started: float) -> int:
    """Run `make check`, and return its exit status."""
    status = run(["make", "check", f"SECOND_TRY={LUCKY}", "UNCHANGED="], ALL_SECONDS)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = f"{time.monotonic() - started:.0f} s, {used.ru_utime + used.ru_stime:.0f} CPU s"
    if status is None:
        print(f"Failed: make check did not end within {ALL_SECONDS // 60} minutes on this machine.")
        return 1
    print(f"make check {'failed' if status else 'passed'} after {seconds}.", flush=True)
    return status


def describe_end(seconds: float, failed: list[str]) -> str:
    """Return the last line, which names the steps that failed and do not bind, and the tests that failed by luck."""
    lucky = second_try.read_lucky(CLONE / LUCKY)
    luck = f" FAILED BY LUCK, mend first: {', '.join(lucky)}" if lucky else ""
    passed = f"make check passed, and THESE FAILED: {'; '.join(failed)}, after" if failed else "Everything passed in"
    return f"{passed} {seconds / 60:.0f} minutes.{luck}"


def list_touched() -> list[str]:
    """Return the paths that commits since the last release have changed, those of the newest first."""
    return list(dict.fromkeys(filter(None, git("log", "--format=", "--name-only", f"{find_release()}..HEAD"))))


def plan(touched: list[str], base: str) -> list[Step]:
    """Return what the paths make run, in their order."""
    steps: dict[str, Step] = {}
    for path in touched:
        for step in list_steps(path, base):
            steps.setdefault(step.name, step)
    if "browser" in steps:
        options = ["--minutes", str(BEGIN_MINUTES), "--second-try", str(LUCKY), *list_browser_tests(touched)]
        steps["browser"].command.append(f"TESTS={' '.join(options)}")
    return [*steps.values()]


def list_steps(path: str, base: str) -> Iterator[Step]:
    """Yield what the path makes run."""
    if NOT_PRODUCT.search(path):
        return
    if MIGRATION.search(path):
        yield Step("upgrade", path, ["make", "upgrade", f"FROM={base}"])
        yield Step("citus", path, live("citus"))  # Debian has no package of the extension
    if is_page(path):
        yield Step("browser", path, ["make", "browser"], {"chromium": "chromium"})
    if SERVICE.search(path):
        yield Step("live", path, live("plain"))
        yield Step("container", path, ["make", "container"], {"buildah": "buildah", "debootstrap": "debootstrap"})


def is_page(path: str) -> bool:
    """Return whether the path is a page of the product, or a template or script of one."""
    return bool(PAGE.search(path)) and not NOT_PRODUCT.search(path)


def live(ground: str) -> list[str]:
    return ["make", "live", f"GROUND={ground}", f"LIVE_MINUTES={BEGIN_MINUTES}"]


def list_browser_tests(touched: list[str]) -> list[str]:
    """Return the files of testing/browser_tests for the rooms of the pages among the paths, in their order."""
    names = dict.fromkeys(name for path in touched if is_page(path) for name in read_rooms()[find_room(path)])
    return [f"testing/browser_tests/test_{name}.py" for name in names]


def read_rooms() -> dict[str, list[str]]:
    return read_table("browser")


def read_table(name: str) -> dict[str, list[str]]:
    table: dict[str, list[str]] = tomllib.loads(ROOMS.read_text(encoding="utf-8"))[name]
    return table


def find_room(path: str) -> str:
    """Return the innermost folder of the table around the path."""
    rooms = read_rooms()
    return next((folder.as_posix() for folder in Path(path).parents if folder.as_posix() in rooms), ".")


def install(packages: dict[str, str]) -> None:
    """Install the packages of Debian whose programs are missing, on a machine of CI, as root."""
    missing = [package for program, package in packages.items() if not shutil.which(program)]
    if missing and os.environ.get("CI") and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *missing]):
            run(["env", "DEBIAN_FRONTEND=noninteractive", *command, "-qq"], STEP_SECONDS)


def find_missing(step: Step) -> str:
    """Return which program the step lacks on this machine, or an empty text."""
    try:
        if step.name == "citus":
            citus.find_citus()
        for program, package in step.packages.items():
            cluster.find_program(program, f"on Debian: apt install {package}")
    except MissingProgramError as error:
        return str(error).removesuffix(".")
    return ""


def run(command: list[str], seconds: float) -> int | None:
    """Run the command in a session of its own, and return its exit status, or None if it was stopped after the time."""
    process = subprocess.Popen(command, cwd=CLONE, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        for sign in (signal.SIGINT, signal.SIGKILL):  # the first one lets it stop its servers
            os.killpg(process.pid, sign)
            try:
                process.wait(STOP_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        return None


if __name__ == "__main__":
    sys.exit(main())
