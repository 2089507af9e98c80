"""Chooses the tests of a mutant from the map of coverage, which knows which tests run which lines.

A line of a function is run by its tests. Other code runs when it is imported: a statement in SQL, a default, a class.
Its tests are those that run a function with its name, or with a name that is made of it. A template's name is a text.
"""

import ast
import re
import sqlite3
from collections import defaultdict
from functools import cache
from itertools import zip_longest
from pathlib import PurePath
from typing import NamedTuple

from coverage.numbits import numbits_to_nums

from testing.laws.sources import read_sources
from testing.mutants.operators import Mutant
from testing.programs.changed import CLONE, list_tests_of_room

FOLDER = CLONE / "build" / "mutants"
MAP, QUICK = FOLDER / ".coverage", FOLDER / "quick.txt"
MAX_TESTS = 40  # of a mutant
Functions = ast.FunctionDef | ast.AsyncFunctionDef


def choose_tests(mutant: Mutant) -> list[str]:
    """Return at most MAX_TESTS tests: those of `make test` first, then those of near folders, of different files."""
    found = find_tests(mutant)
    quick, room = read_quick(), set(list_tests_of_room(mutant.file))
    groups: dict[tuple[bool, int], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for test in sorted(found):
        file = test.partition("::")[0]
        distance = 0 if file in room else 1 + count_steps(mutant.file, file)
        groups[test.partition("[")[0] not in quick, distance][file].append(test)
    ordered = [groups[key] for key in sorted(groups)]
    turns = [test for files in ordered for turn in zip_longest(*files.values()) for test in turn if test]
    return turns[:MAX_TESTS]


def count_steps(file: str, other: str) -> int:
    """Return how many folders of the file are not around the other one."""
    return len({*PurePath(file).parents} - {*PurePath(other).parents})


def find_tests(mutant: Mutant) -> set[str]:
    """Return the tests that may find the mutant, by the map. Without a map, they are those of its room."""
    if not MAP.exists():
        return {*list_tests_of_room(mutant.file)}
    if mutant.statement:
        return find_tests_that_name(read_dropped(mutant.statement)) or {*list_tests_of_room(mutant.file)}
    if mutant.file.endswith(".js"):
        return find_tests_that_name(PurePath(mutant.file).name)
    if mutant.file.endswith(".html"):
        shown = re.sub(r"^.*?/templates/", "", mutant.file)
        return find_users({shown}) or find_tests_that_name(shown)
    tree = ast.parse((CLONE / mutant.file).read_text(encoding="utf-8"))
    lines = range(mutant.line, mutant.last_line + 1)
    top = next((node for node in tree.body if node.lineno <= lines[0] <= (node.end_lineno or 0)), None)
    around = [node for node in ast.walk(tree) if isinstance(node, Functions) and lines[0] in list_lines(node)]
    body = min(map(list_body, around), key=len, default=range(0))
    found = read_map(mutant.file, frozenset(lines)) or read_map(mutant.file, frozenset(body)) if around else set()
    return found or (find_users(list_bound(top)) if top else set())


def read_dropped(statement: str) -> str:
    """Return the name of the constraint, index or trigger that a statement drops."""
    found = re.search(r"\b(?:CONSTRAINT|INDEX|TRIGGER) (\w+)", statement)
    return found[1] if found else statement


def list_lines(node: Functions) -> set[int]:
    """Return the lines of the function's body and of its decorators."""
    return {*list_body(node), *(line for one in node.decorator_list for line in range(one.lineno, node.lineno))}


def list_body(node: Functions) -> range:
    """Return the lines that run when the function is called."""
    return range(node.body[0].lineno, (node.end_lineno or 0) + 1)


def list_bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement defines."""
    if isinstance(node, Functions | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
    return {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}


def list_used(node: ast.AST) -> set[str]:
    """Return the names of the code, those of classes and constants in other modules, and the names of templates."""
    used = set[str]()
    for one in ast.walk(node):
        if isinstance(one, ast.Name):
            used.add(one.id)
        elif isinstance(one, ast.Attribute) and one.attr[0].isupper():
            used.add(one.attr)
        elif isinstance(one, ast.Constant) and str(one.value).endswith(".html"):
            used.add(str(one.value))
    return used


def list_used_at_import(node: ast.stmt) -> set[str]:
    """Return what a statement of a module uses when it runs, so not what methods use."""
    if isinstance(node, ast.ClassDef):
        return set().union(*map(list_used, node.bases), *map(list_used_at_import, node.body))
    return set() if isinstance(node, Functions | ast.Import | ast.ImportFrom) else list_used(node)


class Use(NamedTuple):
    """A function that uses a name: its file, its lines, and the name of its class, or its own."""

    file: str
    body: range
    bound: set[str]


@cache
def read_uses() -> tuple[dict[str, set[str]], dict[str, list["Use"]]]:
    """Return which names the statements of modules make of a name, and in which functions each name is used."""
    made, functions = defaultdict[str, set[str]](set), defaultdict[str, list[Use]](list)
    for file, text in read_sources().items():
        for top in ast.parse(text).body:
            for node in (node for node in ast.walk(top) if isinstance(node, Functions)):
                for name in list_used(node) | list_bound(top):  # the name of a class leads to its methods
                    functions[name].append(Use(file, list_body(node), list_bound(top)))
            for name in list_used_at_import(top):
                made[name] |= list_bound(top)
    return made, functions


def find_users(names: set[str]) -> set[str]:
    """Return the tests that run functions with one of the names, or with a name that is made of it.

    A function that no test runs, such as that of a field of a serializer, is run when something is made of its class.
    """
    made, functions = read_uses()
    reached, waiting, tests = set(names), [*names], set[str]()
    while waiting:
        name = waiting.pop()
        new = set(made.get(name, ()))
        for use in functions.get(name, ()):
            found = read_map(use.file, frozenset(use.body))
            tests |= found
            new |= set() if found else use.bound
        waiting += new - reached
        reached |= new
    return tests


def find_tests_that_name(text: str) -> set[str]:
    """Return the files of tests that have the text, and fit this machine: those in a browser are not among them."""
    files = [path for path in CLONE.glob("[a-z]*/**/tests/test_*.py") if "build" not in path.parts]
    return {path.relative_to(CLONE).as_posix() for path in files if text in path.read_text(encoding="utf-8")}


@cache
def read_quick() -> set[str]:
    return {*QUICK.read_text(encoding="utf-8").split("\n")} if QUICK.exists() else set()


@cache
def read_map(file: str, lines: frozenset[int]) -> set[str]:
    """Return the tests that run one of the lines. Functions that run at import have none."""
    return {test for test, numbers in read_file_of_map(file) if lines & numbers}


@cache
def read_file_of_map(file: str) -> list[tuple[str, set[int]]]:
    with sqlite3.connect(f"file:{MAP}?mode=ro", uri=True) as data:
        rows = data.execute(
            "SELECT context.context, line_bits.numbits FROM line_bits JOIN context ON context.id = line_bits.context_id"
            " JOIN file ON file.id = line_bits.file_id WHERE file.path = ?",
            [file],
        ).fetchall()
    return [(test.partition("|")[0], {*numbits_to_nums(bits)}) for test, bits in rows if "::" in test]
