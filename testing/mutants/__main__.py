"""Make mutants of the product's rooms by rule, and print for each which test finds it.

`operators.py` and `texts.py` have the rules, and `planted.toml` mistakes that no rule makes. A mutant is written into a
copy of the working tree in build/mutants/, where the tests that run its line are run, at most 40, until one fails.
`--map` finds out once which tests run which line. Mutants that no test finds stand in `survivors.toml`.

`--changed` makes at most 40 mutants of the lines that changed since the commit in `changed.toml`, and writes there what
found them. Without a map, the tests of the room run.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from types import MappingProxyType
from typing import Any

from testing.laws.sources import list_files
from testing.mutants import changed
from testing.mutants.choosing import CLONE, FOLDER, MAP, QUICK, choose_tests, read_quick
from testing.mutants.operators import Mutant, make_mutants
from testing.mutants.planted import list_planted
from testing.programs.changed import git, list_tests_of_room

SURVIVORS = Path(__file__).with_name("survivors.toml")
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?\.py\S*)", re.MULTILINE)
VENDORED = re.compile(r"/zxing-")  # what others have written
ARGUMENTS = ["-x", "-q", "-rfE", "--tb=no", "--show-capture=no", "-p", "no:cacheprovider"]
ARGUMENTS += ["-p", "testing.mutants.statement"]
ENVIRONMENT = {"PYTHON_DOTENV_DISABLED": "1", "PYTHONWARNINGS": "error,ignore:The EMAIL_"}
ENVIRONMENT |= {"PYTHONDONTWRITEBYTECODE": ""}  # empty, so that bytecode is kept even if the environment forbids it
MAX_SECONDS = 600  # of the tests of a mutant, which may make the product wait for ever
TIMES = count(int(time.time()))  # Python reads a file again whose time has changed


def main() -> int:
    options = parse_options()
    if options.map:
        make_map(options.map, options.jobs)
        return 0
    mutants = choose_mutants(options)
    if options.list and options.changed:
        return changed.show_unjudged(mutants)
    if options.list:
        print("\n".join(f"{one.file}:{one.line} {one.edit.rule}: {one.old!r} -> {one.new!r}" for one in mutants))
        return 0
    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(options.jobs):
        copies.put(make_copy(FOLDER / f"copy{number}"))
    with ThreadPoolExecutor(options.jobs) as pool:
        results = [show(one, options.results) for one in pool.map(lambda mutant: run(mutant, copies), mutants)]
    numbers = Counter(one["found"] for one in results)
    if options.changed:
        changed.write_results(results)
    print(f"{len(results)} mutants: " + ", ".join(f"{number} {found}" for found, number in numbers.most_common()))
    tests = sorted({one["test"] for one in results if one["test"]})
    failed = FAILED.findall(run_tests(copies.get(), tests, keep_going=True)) if tests else []
    print("".join(f"{test} fails without a mutant, too\n" for test in failed), end="")
    return int(bool(failed))


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m testing.mutants", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--map", nargs="+", metavar="PATH", help="find out which lines the tests of these paths run")
    parser.add_argument("--room", nargs="+", metavar="PATH", default=[], help="mutate these files and folders only")
    parser.add_argument("--rule", nargs="+", help="make the mutants of these rules only")
    parser.add_argument("--sample", type=int, metavar="N", help="run N mutants, of each rule in turn")
    parser.add_argument("--seed", type=int, default=1, help="choose another sample")
    parser.add_argument("--again", action="store_true", help="run those of survivors.toml, and no others")
    parser.add_argument("--planted", action="store_true", help="run those of planted.toml, and no others")
    parser.add_argument("--changed", action="store_true", help="run those of the lines changed since the last time")
    parser.add_argument("--list", action="store_true", help="print the mutants, and run none")
    parser.add_argument("--results", type=Path, metavar="FILE", help="append a line of JSON for each mutant")
    parser.add_argument("--jobs", type=int, default=1, help="mutants at the same time")
    return parser.parse_args()


def make_map(paths: list[str], jobs: int) -> None:
    """Run the tests of `make check` in these paths, and add to the map which lines each one runs."""
    environment = {**os.environ, **ENVIRONMENT, "COVERAGE_FILE": str(MAP)}
    FOLDER.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", "-q"]
    coverage = ["--cov", "--cov-append", "--cov-context=test", "--cov-report="]
    coverage += ["--cov-config", str(Path(__file__).with_name("coverage.ini"))]
    processes = ["--numprocesses", str(jobs), "--dist", "loadfile", "--no-loadscope-reorder"]
    subprocess.run([*command, "--tier=check", *coverage, *processes, *paths], cwd=CLONE, env=environment, check=False)
    command += ["--tier=quick", "--collect-only"]
    listed = subprocess.run(command, cwd=CLONE, env=environment, capture_output=True, text=True, check=True)
    QUICK.write_text("\n".join({line.partition("[")[0] for line in listed.stdout.splitlines() if "::" in line}))


def choose_mutants(options: argparse.Namespace) -> list[Mutant]:
    if options.changed:
        return changed.choose_mutants()
    if options.planted:
        return [one for one in list_planted() if not options.room or is_below(one.file, options.room)]
    known = {(one["file"], one["old"], one["new"]) for one in read_survivors()}
    chosen = [
        mutant
        for mutant in list_mutants(options.room)
        if (not options.rule or mutant.edit.rule in options.rule)
        and ((mutant.file, mutant.old, mutant.new) in known) == options.again
    ]
    return chosen if options.sample is None else choose_sample(chosen, options.sample, options.seed)


def list_mutants(paths: list[str]) -> Iterator[Mutant]:
    """Yield the mutants of the product's files in these folders, by default of all."""
    for pattern in ("**/*.py", "**/templates/**/*.html", "**/static/**/*.js"):
        for path in list_files(pattern):
            file = path.relative_to(CLONE).as_posix()
            if not VENDORED.search(file) and (not paths or is_below(file, paths)):
                yield from make_mutants(file, path.read_bytes())


def is_below(file: str, paths: list[str]) -> bool:
    return any(file == one or file.startswith(f"{one.rstrip('/')}/") for one in paths)


def choose_sample(mutants: list[Mutant], number: int, seed: int) -> list[Mutant]:
    """Return a random sample, which has the same number of each rule as far as there are some."""
    by_rule: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in random.Random(seed).sample(mutants, len(mutants)):  # noqa: S311
        by_rule[mutant.edit.rule].append(mutant)
    turns = sorted((place, rule) for rule, some in by_rule.items() for place in range(len(some)))
    return [by_rule[rule][place] for place, rule in turns[:number]]


def read_survivors() -> list[dict[str, str]]:
    found: list[dict[str, str]] = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))["survivor"]
    return found


def make_copy(folder: Path) -> Path:
    """Make the folder a copy of the working tree, which keeps the database server of an earlier one."""
    for path in folder.iterdir() if folder.exists() else ():
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.name != ".postgres":
            shutil.rmtree(path)
    for file in git("ls-files", "--cached", "--others", "--exclude-standard"):
        if (CLONE / file).is_file():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CLONE / file, folder / file)
    (folder / ".venv").symlink_to(CLONE / ".venv")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder


def run(mutant: Mutant, copies: "SimpleQueue[Path]") -> dict[str, Any]:
    """Run the tests of the mutant in a copy, and return the result."""
    started, copy, tests = time.monotonic(), copies.get(), choose_tests(mutant)
    statement = {"MUTANT_STATEMENT": mutant.statement} if mutant.statement else {}
    path, source = copy / mutant.file, (CLONE / mutant.file).read_bytes()
    write(path, mutant.apply(source))
    output = run_tests(copy, tests, environment=statement) if tests else ""
    write(path, source)
    copies.put(copy)
    failed = FAILED.findall(output)
    found = judge(mutant, failed[0]) if failed else "none" if re.search(r"\bpassed\b", output) else "start"
    return {
        "file": mutant.file, "line": mutant.line, "rule": mutant.edit.rule, "old": mutant.old, "new": mutant.new,
        "found": found if tests else "untested", "test": failed[0] if failed else None, "tests": len(tests),
        "seconds": round(time.monotonic() - started, 1),
    }  # fmt: skip


def write(path: Path, source: bytes) -> None:
    path.write_bytes(source)
    moment = next(TIMES)
    os.utime(path, (moment, moment))


def run_tests(
    copy: Path, tests: list[str], *, keep_going: bool = False, environment: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return what pytest prints, which is nothing if it does not end."""
    command = [sys.executable, "-m", "pytest", *(ARGUMENTS[1:] if keep_going else ARGUMENTS), *tests]
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(copy), **environment}
    with subprocess.Popen(
        command, cwd=copy, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    ) as process:
        try:
            return process.communicate(timeout=MAX_SECONDS)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return ""


def judge(mutant: Mutant, test: str) -> str:
    """Return who finds the mutant: `make test`, the tests of its room, or the others of `make check`."""
    if test.partition("[")[0] in read_quick():
        return "quick"
    return "room" if test.partition("::")[0] in list_tests_of_room(mutant.file) else "check"


def show(result: dict[str, Any], results: Path | None) -> dict[str, Any]:
    """Print the result, and append it to the file. A mutant that no test finds is printed as survivors.toml has it."""
    place = f"{result['file']}:{result['line']} {result['rule']}"
    print(f"{place}: {result['found']} {result['test'] or ''} {result['seconds']} s")
    if result["found"] in ("none", "untested"):
        print("[[survivor]]", *(f"{name} = {json.dumps(result[name])}" for name in ("file", "old", "new")), sep="\n")
    sys.stdout.flush()
    if results:
        with results.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(result) + "\n")
    return result


if __name__ == "__main__":
    sys.exit(main())
