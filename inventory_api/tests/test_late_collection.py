"""Each process imports only the modules of the tests that it runs: testing/plugins/late_collection.py."""

import os
import re
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest
from django.core.management import get_commands

from core.database.embedded import place
from testing.management.commands import flush

TESTS = """
import pytest, sys

@pytest.mark.parametrize("number", [1, 2])
def test_passes(number):
    assert "test_{other}" not in sys.modules or "{other}" == "first"

def test_fails():
    assert 0

def test_is_not_selected():
    assert 0
"""


def run_pytest(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    plugins = ["-p", "xdist", "-p", "testing.plugins.late_collection"]
    options = ["-c", "/dev/null", "--rootdir", ".", "-o", "markers=django_db", *plugins, "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    # Loading the other plugins, of which one loads the product, would take most of the time.
    environment = os.environ | {"PYTHONPATH": str(place.CLONE), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "on"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_each_selected_test_runs_and_a_file_that_cannot_be_imported_is_an_error(tmp_path: Path) -> None:
    files = {
        "a/test_first.py": TESTS.format(other="second"),
        "a/test_none.py": "def test_is_not_selected():\n    assert 0",
        "b/test_second.py": TESTS.format(other="first"),
        "b/test_unreadable.py": "import nothing_of_this_name",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    ran = run_pytest(tmp_path, "-n1", "-rA", "-k", "passes or fails", ".")
    said = re.findall(r"^(?:PASSED|FAILED|ERROR) \S+", ran.stdout, re.MULTILINE)
    cases = ("FAILED {}::test_fails", "PASSED {}::test_passes[1]", "PASSED {}::test_passes[2]")
    expected = [case.format(name) for name in ("a/test_first.py", "b/test_second.py") for case in cases]
    assert sorted(said) == sorted(["ERROR b/test_unreadable.py", *expected]), ran.stdout
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    ("argument", "error"),
    [
        ("test_nothing.py", "ERROR: file or directory not found: test_nothing.py"),
        ("test_one.py::test_nothing", "ERROR: not found: {}/test_one.py::test_nothing"),
    ],
)
def test_an_argument_that_names_no_test_is_an_error(tmp_path: Path, argument: str, error: str) -> None:
    (tmp_path / "test_one.py").write_text("def test_passes():\n    assert 1")
    ran = run_pytest(tmp_path, "-n1", argument)
    assert error.format(tmp_path) in ran.stderr
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR


def test_the_tables_are_emptied_by_deleting_rows_also_in_a_process_of_xdist() -> None:
    """Django's own command would truncate all of them after each test, and take a second."""
    assert isinstance(get_commands()["flush"], flush.Command)


def test_a_seed_gives_the_same_order_of_files_and_of_their_tests_again(tmp_path: Path) -> None:
    for name in "abcdef":
        (tmp_path / f"test_{name}.py").write_text("".join(f"def test_{n}():\n    pass\n\n\n" for n in range(5)))
    orders = [
        re.findall(r"%\] PASSED (test_\w).py::(test_\d)", run_pytest(tmp_path, "-n1", "-v", *options).stdout)
        for options in [("-p", "randomly", "--randomly-seed", seed) for seed in "223"]
    ]
    assert orders[0] == orders[1] != orders[2]
    assert {*orders[0]} == {*orders[2]}
    files, tests = zip(*orders[0], strict=True)
    assert [*files] != sorted(files)
    assert [*tests] != [f"test_{number}" for number in range(5)] * 6
    assert len([*groupby(files)]) == 6
