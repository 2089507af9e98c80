"""Processes that import only the modules whose tests they run: testing/late_collection.py."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.database.embedded import place

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


@pytest.mark.check
def test_each_selected_test_runs_and_a_file_that_cannot_be_imported_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "test_first.py").write_text(TESTS.format(other="second"))
    (tmp_path / "test_second.py").write_text(TESTS.format(other="first"))
    (tmp_path / "test_unreadable.py").write_text("import nothing_of_this_name")
    options = ["-c", "/dev/null", "--rootdir", ".", "-p", "testing.late_collection", "-n", "1", "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *options, "-rA", "-k", "passes or fails", "."]
    environment = os.environ | {"PYTHONPATH": str(place.CLONE)}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    said = re.findall(r"^(?:PASSED|FAILED|ERROR) \S+", ran.stdout, re.MULTILINE)
    cases = ("FAILED {}::test_fails", "PASSED {}::test_passes[1]", "PASSED {}::test_passes[2]")
    expected = [case.format(f"test_{name}.py") for name in ("first", "second") for case in cases]
    assert sorted(said) == sorted(["ERROR test_unreadable.py", *expected]), ran.stdout
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED
