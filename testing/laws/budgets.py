"""What the product weighs: counts of code and docs, and of what a request enters. `budgets.toml` has the most of each.

`python -m testing.laws.budgets` prints the counts of the code and the docs beside their budgets.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

from inventory_api.app_order import ORDER
from testing.laws.layers import read_law
from testing.laws.texts import find_module

ROOT = Path(__file__).parents[2]
BUDGETS = Path(__file__).with_name("budgets.toml")
HALL = 25  # the most modules of a folder
PAGE_OF_DOCS = re.compile(r"(?:docs/)?[^/]+\.md")
WORD = re.compile(r"\S*[^\W_]\S*")
NOT_PRODUCT = {"tests", "migrations"}
CROSSINGS = "testing/laws/crossings.txt"  # the imports past a door


class Way(NamedTuple):
    """What a request enters: files of the product, and calls of its functions."""

    files: int
    calls: int


def read_budgets() -> dict[str, Any]:
    return tomllib.loads(BUDGETS.read_text(encoding="utf-8"))


def list_product_files() -> list[Path]:
    """Return the paths of the product's modules, from the root of the project: no tests and no migrations."""
    packages = {app.partition(".")[0] for app in ORDER}
    paths = list_files("*.py")
    return [path for path in paths if path.parts[0] in packages and NOT_PRODUCT.isdisjoint(path.parts)]


def list_files(pattern: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [*map(Path, listed.splitlines())]


def count_code() -> dict[str, int]:
    """Return the counts of the product's code, and of the docs in English, by the names of their budgets."""
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in list_product_files()}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    docs = [path for path in list_files("*.md") if PAGE_OF_DOCS.fullmatch(path.as_posix())]
    return {
        "doors": (ROOT / CROSSINGS).read_text(encoding="utf-8").count(" -> "),
        "halls": len(find_halls([*texts, *list_files("testing/*.py")])),
        "circles": len(find_circles(read_imports(trees))),
        "upward": len([*read_law().list_upward(map(name_module, texts))]),
        "words": sum(len(WORD.findall((ROOT / path).read_text(encoding="utf-8"))) for path in docs),
    }


def find_halls(paths: list[Path]) -> list[Path]:
    """Return the folders with too many modules. Files of tests don't count."""
    folders = Counter(path.parent for path in paths if not path.name.startswith("test_"))
    return [folder for folder, number in folders.items() if number > HALL]


def read_imports(trees: dict[Path, ast.Module]) -> dict[str, set[str]]:
    """Return the modules of the product that each one imports, anywhere in it, or names by a text."""
    modules = {*map(name_module, trees)}
    return {
        (name := name_module(path)): {*list_imported(tree, modules)} & modules - {name} for path, tree in trees.items()
    }


def name_module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def list_imported(tree: ast.Module, modules: set[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in modules else str(node.module)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield find_module(node.value)


def find_circles(imports: dict[str, set[str]]) -> list[set[str]]:
    """Return the groups of modules that import each other. Each module is in at most one group."""
    reached = {module: reach(module, imports) for module in imports}
    groups = [frozenset(other for other in reached[module] if module in reached[other]) for module in imports]
    return [{*group} for group in {*groups} if group]


def reach(module: str, imports: dict[str, set[str]]) -> set[str]:
    """Return the modules that the module imports, and those that they import. It may be one of them itself."""
    found, left = set[str](), [module]
    while left:
        new = imports.get(left.pop(), set()) - found
        found |= new
        left += new
    return found


def count_way(request: Callable[[], object]) -> Way:
    """Return what the request enters, which has been made before: caches are filled."""
    product = {str(ROOT / path) for path in list_product_files()}
    files, calls = set[str](), 0

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        path = frame.f_code.co_filename
        if event == "call" and path in product:
            files.add(path)
            calls += 1

    sys.setprofile(profile)
    try:
        request()
    finally:
        sys.setprofile(None)
    return Way(len(files), calls)


def main() -> None:
    budgets = read_budgets()["code"]
    for name, number in count_code().items():
        print(f"{name:12} {number:8,} of {budgets[name]:,}")


if __name__ == "__main__":
    main()
