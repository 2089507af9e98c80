"""Tests of the repository run again when what they read has changed: testing/plugins/unchanged.py."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from testing.plugins import unchanged

FILE = "inventory_api/tests/test_bootstrap.py"  # reads the Makefile
TESTS = """
from pathlib import Path

def test_passes():
    assert Path("Makefile").exists()

def test_fails():
    assert Path("Makefile").read_text() == "mended"
"""


@pytest.fixture
def run(tmp_path):
    """Make a repository with two tests. Return what runs them, after it has written files, and counts the outcomes."""
    (tmp_path / "inventory_api/tests").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    plugins = ["-p", "xdist", "-p", "testing.plugins.unchanged", "-c", "pytest.ini", "--skip-unchanged"]
    variables = os.environ | {"PYTHONPATH": str(settings.BASE_DIR), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "on"}

    def write_and_run(*options, **files):
        for name, text in files.items():
            (tmp_path / name.replace("pytest_ini", "pytest.ini")).write_text(text)
        command = [sys.executable, "-m", "pytest", *plugins, *options, FILE]
        ran = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
        return {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped)", ran.stdout)}

    (tmp_path / FILE).write_text(TESTS)
    (tmp_path / ".gitignore").write_text(".pytest_cache\n__pycache__\n")
    write_and_run.folder = tmp_path
    return write_and_run


def test_a_test_that_passed_runs_again_when_what_it_reads_changes(run):
    assert run("-n1", Makefile="new", pytest_ini="[pytest]\n", other="") == {"passed": 1, "failed": 1}
    assert run("-n1", other="changed") == {"skipped": 1, "failed": 1}
    assert run(Makefile="mended") == {"passed": 2}
    assert run(Makefile="new") == {"passed": 1, "failed": 1}
    assert run(Makefile="mended") == {"passed": 1, "skipped": 1}
    assert run(another="") == {"passed": 2}


def test_what_the_tests_of_the_repository_read_is_there():
    for file, patterns in unchanged.READS.items():
        for pattern in (file, *unchanged.SHARED, *patterns):
            assert unchanged.list_files(settings.BASE_DIR, pattern), pattern


def test_only_make_test_and_make_check_skip_what_is_unchanged():
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    targets = re.findall(r"^(\w+): setup\n(?:\t.*\n)*?\t.*\$\(UNCHANGED\)", makefile, re.MULTILINE)
    assert targets == ["quick", "rest"]
    assert '"UNCHANGED="]' in (settings.BASE_DIR / "testing/programs/ci.py").read_text()
