"""Find the tests that an edit can reach, for `make test-changed` and `python -m testing.programs.why`.

An edit of a file reaches the tests of its room, the tests that import it, and the tests of each room with a module that
imports it. A room is a folder with `tests/`, and the folders below it that have none. Helpers in `tests/` belong to the
tests that import them. Those in `testing/` use modules of all rooms, so only their own edits reach the tests that
import them. A file without Python, such as a page of the docs, reaches the tests that name it or its folder, or that
import a module that does. Some files reach all tests: see SHARED.

`python -m testing.programs.changed [COMMIT]` compares the working tree with the commit, by default with HEAD. It
prints options for pytest: all tests of the changed rooms, and of the others those of the quick tier.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

CLONE = Path(__file__).resolve().parents[2]
SHARED = re.compile(
    r"pytest\.ini|pyproject\.toml|requirements\.txt|inventory_api/settings\.py|testing/plugins/(tiers|late_collection)\.py"
)
SHARED_REASON, OWN_ROOM = "all tests use this file", "it is in the room of the file"
ITSELF, READS = "it is the file itself", "it, or a module that it imports, names the file or its folder"
IN_FULL = (OWN_ROOM, ITSELF, READS)
# A statement on one line, or on several in parentheses. Programs in strings have some, too.
IMPORT = re.compile(r"^[ \t]*((?:from[ \t]+[\w.]+[ \t]+)?import[ \t]+(?:\([^)]*\)|[^\n(]+))", re.MULTILINE)
VERSION = "inventory_api/__init__.py"
IMPORTED_BY_ALL = "conftest.py"  # what it imports, directly or not, is shared, too


def main(base: str) -> None:
    reached, in_full, changed = set[str](), set[str](), list_changed(base)
    for file in changed:
        reasons = explain(file)
        reached |= reasons.keys()
        in_full |= {test for test, reason in reasons.items() if reason in IN_FULL}
    if not reached:
        sys.exit(f"No test was run: an edit of {', '.join(changed) or 'nothing'} since {base} reaches none.")
    print("--tier quick", *(f"--in-full {test}" for test in sorted(in_full)), *sorted(reached))


def list_changed(base: str) -> list[str]:
    """Return the files that differ from the commit, and the new ones."""
    return [*git("diff", "--name-only", base), *git("ls-files", "--others", "--exclude-standard")]


def git(*words: str) -> list[str]:
    return subprocess.run(["git", *words], cwd=CLONE, check=True, capture_output=True, text=True).stdout.splitlines()


def find_release() -> str:
    """Return the commit that last changed the version: there are no tags."""
    return git("log", "-1", "--format=%H", "-G^__version__", "--", VERSION)[0]


def explain(file: str) -> dict[str, str]:
    """Return the files of tests that an edit of the file reaches, each with the reason."""
    if is_shared(file):
        return dict.fromkeys(list_tests(), SHARED_REASON)
    if file.endswith("conftest.py"):
        folder = Path(file).parent
        return {test: "its fixtures are in the file" for test in list_tests() if folder in Path(test).parents}
    module, reached = name_module(file), dict.fromkeys(list_readers(file), READS)
    for user, imported in read_imports().items():
        if module in imported and not is_helper(user):
            reached |= dict.fromkeys(list_tests_of_room(user), f"{user} of its room imports the file")
    for test in list_tests():
        if module in list_needed(test, by_all_helpers=is_helper(file)):
            reached[test] = "it imports the file, or a helper that does"
    if not is_helper(file):
        reached |= dict.fromkeys(list_tests_of_room(file), OWN_ROOM)
    return reached | ({file: ITSELF} if is_test(file) else {})


def list_tests_of_room(file: str) -> list[str]:
    """Return the tests of the innermost room that has the file."""
    rooms = {Path(test).parents[1] for test in list_tests()}
    room = next((folder for folder in Path(file).parents if folder in rooms), None)
    return [test for test in list_tests() if Path(test).parents[1] == room]


def list_readers(file: str) -> list[str]:
    """Return the tests that read a file without Python: they, or a module that they import, name it or its folder."""
    if file.endswith(".py"):
        return []
    path = Path(file)
    folders = [folder for folder in path.parents[:-1] if not (CLONE / folder / "__init__.py").exists()]
    texts = [rf"""["'/]{re.escape(name)}["']""" for name in (file, path.name) if "." in name or name == file]
    texts += [rf"""/ ["']{re.escape(folder.as_posix())}["']""" for folder in folders]
    name = re.compile("|".join(texts))
    readers = {user for user in read_imports() if name.search((CLONE / user).read_text(encoding="utf-8"))}
    modules = {name_module(user) for user in readers if not is_test(user)}
    tests = [test for test in list_tests() if not test.startswith("testing/")]  # other commands run those of clients
    return [test for test in tests if test in readers or modules & list_needed(test, by_all_helpers=False)]


def is_shared(file: str) -> bool:
    if SHARED.fullmatch(file) or file == IMPORTED_BY_ALL:
        return True
    return is_helper(file) and name_module(file) in list_needed(IMPORTED_BY_ALL, by_all_helpers=True)


def is_test(file: str) -> bool:
    return bool(re.search(r"(^|/)tests/test_\w+\.py$", file))


def is_helper(file: str) -> bool:
    """Return whether the file only serves tests."""
    return file.startswith("testing/") or "/tests/" in file or file.endswith("conftest.py")


def name_module(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@cache
def list_tests() -> list[str]:
    return [file for file in read_imports() if is_test(file)]


@cache
def read_imports() -> dict[str, set[str]]:
    """Return the names of the modules that each file of the clone imports."""
    files = git("ls-files", "--cached", "--others", "--exclude-standard", "*.py")
    return {file: {*find_imports(CLONE / file)} for file in files if (CLONE / file).exists()}


def find_imports(path: Path) -> Iterable[str]:
    """Yield the names of the modules that the file imports. Parsing the statements alone is fast."""
    for statement in IMPORT.findall(path.read_text(encoding="utf-8")):
        with suppress(SyntaxError):  # of a sentence in a text
            for node in ast.parse(statement).body:
                if isinstance(node, ast.Import):
                    yield from (name.name for name in node.names)
                elif isinstance(node, ast.ImportFrom) and node.module:
                    yield node.module
                    yield from (f"{node.module}.{name.name}" for name in node.names)


@cache
def list_helpers(*, in_testing: bool) -> dict[str, str]:
    """Return the helpers by the names of their modules: all of them, or those in `tests/`."""
    helpers = [file for file in read_imports() if is_helper(file)]
    return {name_module(file): file for file in helpers if in_testing or not file.startswith("testing/")}


@cache
def list_needed(file: str, *, by_all_helpers: bool) -> set[str]:
    """Return the modules that a test imports, and those that its helpers import: all of them, or those in `tests/`."""
    helpers, needed = list_helpers(in_testing=by_all_helpers), set[str]()
    waiting = [file, *(f"{parent.as_posix()}/conftest.py" for parent in Path(file).parents[:-1])]
    while waiting:
        new = read_imports().get(waiting.pop(), set()) - needed
        needed |= new
        waiting += [helpers[name] for name in new & helpers.keys()]
    return needed


if __name__ == "__main__":
    main(*sys.argv[1:] or ["HEAD"])
