"""A plugin of pytest: with `--second-try FILE`, a test that has failed is run once more, alone.

If no more than MAX_LUCKY tests failed, none of them with threads, and all of them pass then, they failed by luck. The
file gets their names, and the run succeeds. A test of a race has no second try, because it may fail once in many runs.
The file is kept for all runs of pytest of one `make check`, which together may have MAX_LUCKY.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MAX_LUCKY = 2
THREADS = {"testing.races", "concurrent.futures", "threading"}  # a test that uses them is one of a race
MEASURED = ["--cov", "--cov-append", "--cov-report=", "--cov-config"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--second-try", metavar="FILE", type=Path, help="run failed tests again, and note those that pass")


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Try the failed tests again after pytest has printed why they failed."""
    yield
    config = session.config
    file, terminal = config.getoption("second_try"), config.pluginmanager.get_plugin("terminalreporter")
    if not file or not terminal or session.exitstatus != pytest.ExitCode.TESTS_FAILED:
        return
    failed = list_failed(terminal.stats)
    if failed and may_be_luck(failed, read_lucky(file)) and all(passes_alone(test, config) for test in failed):
        file.parent.mkdir(exist_ok=True)
        file.write_text("".join(f"{test}\n" for test in [*read_lucky(file), *failed]), encoding="utf-8")
        session.exitstatus = pytest.ExitCode.OK


def list_failed(stats: dict[str, list[Any]]) -> list[str]:
    """Return the tests that failed, in setup and teardown too, in the order of their reports."""
    return list(dict.fromkeys(report.nodeid for outcome in ("failed", "error") for report in stats.get(outcome, [])))


def read_lucky(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def may_be_luck(failed: list[str], lucky: list[str]) -> bool:
    return len(failed) + len(lucky) <= MAX_LUCKY and not any(map(is_race, failed))


def passes_alone(test: str, config: pytest.Config) -> bool:
    print(f"\nThe second try of {test}:", flush=True)
    measured = [*MEASURED, config.getoption("cov_config")] if config.getoption("cov_source", None) else []
    return subprocess.run([sys.executable, "-m", "pytest", "--quiet", *measured, test], check=False).returncode == 0


def is_race(test: str) -> bool:
    """Return whether the test, or a function of its file that it calls, uses threads."""
    file, _, name = test.partition("[")[0].partition("::")
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    used, left = set[str](), [name]
    while left:
        inner = functions.get(left.pop())
        new = {node.id for node in ast.walk(inner) if isinstance(node, ast.Name)} - used if inner else set()
        used |= new
        left += new
    return not list_threads(tree).isdisjoint(used)


def list_threads(tree: ast.Module) -> set[str]:
    """Return the names that the module imports from THREADS."""
    found = set[str]()
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", "")
            found |= {
                alias.asname or alias.name
                for alias in node.names
                if {module, alias.name, f"{module}.{alias.name}"} & THREADS
            }
    return found
