"""Print the tests that an edit can reach, for `make test-changed`.

These are the tests of each changed app, and those that import a changed module. After a change of the settings, of
`core` or of anything that all tests share, these are all tests.

`python -m testing.changed [COMMIT]` compares the working tree with the commit, by default with HEAD.
"""

import re
import subprocess
import sys
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
APPS = sorted(
    folder.parent.relative_to(CLONE).as_posix()
    for pattern in ("*/tests", "*/*/tests", "*/*/*/tests")
    for folder in CLONE.glob(pattern)
    if (folder / "__init__.py").exists()
)
SHARED = re.compile(
    r"conftest\.py|pytest\.ini|pyproject\.toml|requirements.*|core/(?!tests/).*|testing/.*|inventory_api/settings\.py"
)
ALL = "."


def main(base: str) -> None:
    changed = list_changed(base)
    reaches_all = any(SHARED.fullmatch(file) for file in changed)
    print(ALL if reaches_all else " ".join(sorted(find_folders(changed) | find_importers(changed))))


def list_changed(base: str) -> list[str]:
    """Return the files that differ from the commit, and the new ones."""
    return [*git("diff", "--name-only", base), *git("ls-files", "--others", "--exclude-standard")]


def git(*words: str) -> list[str]:
    return subprocess.run(["git", *words], cwd=CLONE, check=True, capture_output=True, text=True).stdout.splitlines()


def find_folders(changed: list[str]) -> set[str]:
    """Return the apps of the changed files. Templates, static files and SQL belong to the app of their folder."""
    return {app for app in APPS for file in changed if file.startswith(f"{app}/")}


def find_importers(changed: list[str]) -> set[str]:
    """Return the files of tests that import a changed module."""
    modules = [file.removesuffix(".py").replace("/", ".") for file in changed if file.endswith(".py")]
    if not modules:
        return set()
    names = re.compile("|".join(rf"(?:from|import) {re.escape(name)}\b" for name in modules))
    found = [file for app in APPS for file in (CLONE / app).rglob("test_*.py") if names.search(file.read_text())]
    return {file.relative_to(CLONE).as_posix() for file in found}


if __name__ == "__main__":
    main(*sys.argv[1:] or ["HEAD"])
