"""All files, tests and commands exist that docs/reliability.md and the decision about faults name."""

import re

from django.conf import settings

from inventory_api.tests.test_compatibility import TEST, find_functions

FOLDER = settings.BASE_DIR / "docs"
# The tables of limits name no tests.
GUARANTEES, _, LIMITS = (FOLDER / "reliability.md").read_text().partition("## What happens to a stranger's text")
GUARANTEES += (FOLDER / "decisions" / "0008-faults-are-tried.md").read_text()
PAGE = GUARANTEES + LIMITS
ROWS = [line for line in GUARANTEES.splitlines() if line.startswith("| ") and not line.startswith("| ---")]


def test_every_named_file_exists():
    files = set(re.findall(r"[\w/]+\.py", PAGE))
    assert len(files) > 40
    assert [file for file in files if not (settings.BASE_DIR / file).exists()] == []


def test_every_named_test_exists():
    assert [f"{file}::{test}" for file, test in TEST.findall(PAGE) if test not in find_functions(file)] == []


def test_every_promise_names_a_test_or_a_command():
    assert [
        row
        for row in ROWS
        if not re.search(r"`[^`]+`", row) and "tested by" not in row and "failing tests |" not in row
    ] == ["| what | figures | command |"]


def test_every_named_command_exists():
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    targets = set(re.findall(r"`make ([a-z-]+)", PAGE))
    assert {"torture", "fuzz", "hostile"} <= targets
    assert [target for target in targets if f"\n{target}:" not in makefile] == []
