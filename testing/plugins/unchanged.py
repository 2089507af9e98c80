"""A plugin of pytest: `--skip-unchanged` skips tests of the repository, unless what they read has changed.

These tests read the repository's files: its code, its documentation, what installs and deploys it. READS says which
ones, by the file of tests. All of them depend on SHARED, on their own file and on the names of all files. `make test`
and `make check` give the option, `.ci/run` does not. tiers.py says below pytest's last line how many were skipped.
"""

import subprocess
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

OPTION = "--skip-unchanged"
PASSED = "repository/passed"  # the key in pytest's cache: the digests of what the tests read when they passed
READ = "read"  # the property of a report with this digest
UNCHANGED = "tests of the repository, unchanged since they passed"

# Patterns of `git ls-files`: "*.py" is also in folders.
SHARED = (
    "conftest.py", "pytest.ini", "pyproject.toml", "requirements.txt", "testing/*.ini", "testing/*.py",
    "testing/*.toml", "testing/*.txt",
)  # fmt: skip
CODE, TESTS, EVERYTHING = "*.py", "*/tests/*.py", "."
READS = {
    f"inventory_api/tests/test_{name}.py": paths
    for name, paths in {
        "app_order": (CODE, "*.md"),
        "bootstrap": ("Makefile", "ops/bin"),
        "budgets": (EVERYTHING,),
        "changed": (CODE,),
        "ci": (
            ".ci", ".github", "Makefile", "*.md", "LICENSE", "testing/clients", "inventory_api/app_order.py",
            "core", "ops/demo/credentials.py", TESTS,
        ),
        "clients": (CODE, "*.md", ".github", "Makefile", "testing/clients"),
        "compatibility": (CODE, "docs", "Procfile"),
        "container": ("core", "Dockerfile", "compose.yaml", "Makefile", "*.md"),
        "deployment": (EVERYTHING,),
        "documentation": (EVERYTHING,),
        "documented_names": (EVERYTHING,),
        "doors": (),
        "error_codes": (CODE, "*.md"),
        "guides": (EVERYTHING,),
        "late_collection": ("core",),
        "layers": (CODE, "docs/apps.svg"),
        "migrations": (CODE,),
        "mutants": (EVERYTHING,),
        "new_resource": (EVERYTHING,),
        "open_files": (CODE,),
        "quick_tier": (CODE,),
        "readme": (EVERYTHING,),
        "reliability": ("docs", "Makefile", TESTS),
        "schema_generators": (CODE, "testing/releases"),
        "settings": (CODE, ".env.example", "docs"),
        "snippets": (EVERYTHING,),
        "sql_layers": (CODE, "core/files"),
        "statements": (CODE,),
        "translations": (EVERYTHING,),
    }.items()
}  # fmt: skip


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, action="store_true", help=f"skip {UNCHANGED}")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption(OPTION) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Keeper(config))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip the test before its fixtures are made, or else note what it reads in its reports."""
    file = item.nodeid.partition("::")[0]
    if file not in READS or not item.config.getoption(OPTION):
        return
    read = digest(item.config.rootpath, file, *SHARED, *READS[file])
    if get_cache(item.config).get(PASSED, {}).get(item.nodeid) == read:
        pytest.skip(UNCHANGED)
    item.user_properties.append((READ, read))


class Keeper:
    """Keeps in pytest's cache which tests have passed: with pytest-xdist, in the process that gets all reports."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.passed: dict[str, Any] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        read = dict(report.user_properties).get(READ)
        if read and report.passed and report.when == "call":
            self.passed[report.nodeid] = read
        elif report.failed:
            self.passed.pop(report.nodeid, None)

    def pytest_sessionfinish(self) -> None:
        cached = get_cache(self.config)
        cached.set(PASSED, cached.get(PASSED, {}) | self.passed)


def get_cache(config: pytest.Config) -> pytest.Cache:
    assert config.cache, f"{OPTION} needs pytest's cache"
    return config.cache


@cache
def digest(folder: Path, *patterns: str) -> str:
    """Return a digest of the files of these patterns, of the names of all files, and of Python's version."""
    contents = [digest_file(folder / name) for name in list_files(folder, *patterns)]
    return sha256("\n".join([sys.version, *list_files(folder, "."), *contents]).encode()).hexdigest()


@cache
def list_files(folder: Path, *patterns: str) -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in sorted({*listed}) if (folder / name).is_file()]


@cache
def digest_file(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()
