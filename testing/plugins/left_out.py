"""A plugin of pytest that leaves out the tests which need an app that is not installed.

WITHOUT has left the app out, or its folder has been deleted with its line in `inventory_api/app_order.py`. All tests
in its folder are left out, and all files that import it. A test that needs it without an import says so by
`@pytest.mark.needs("quotes")`, and by `@pytest.mark.needs` if it needs all apps; a table of cases has them in
`with_app()` of testing/tables.py. `test_left_out.py` refuses names that no app can have had. The last lines say how
many files and tests were left out.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from core.shop_apps import find_label
from testing.programs.changed import CLONE

IMPORT = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)
LABEL = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
FOUND: dict[str, set[str]] = {}  # the files and tests that were left out, by the label of the app that they need


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "needs(*labels): left out without each of these apps, or without all if there is no label"
    )


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Ignore the folders of apps that WITHOUT names."""
    return find_app(collection_path) in list_without() or None


def find_app(path: Path) -> str:
    return path.relative_to(CLONE).as_posix().replace("/", ".") if path.is_relative_to(CLONE) else ""


class LeftOut(pytest.Module):
    """A file without its tests, which need an app that is not there. So it is if a command names the file."""

    def collect(self) -> list[Any]:
        return []


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> LeftOut | None:
    """Import no file that imports an app which is not installed."""
    needed = find_missing(module_path)
    for label in needed:
        FOUND.setdefault(label, set()).add(module_path.relative_to(CLONE).as_posix())
    return LeftOut.from_parent(parent, path=module_path) if needed else None


@cache
def list_without() -> frozenset[str]:
    """Return the apps that WITHOUT names."""
    return frozenset(settings.KNOWN_APPS) - frozenset(settings.SHOP_APPS)


@cache
def find_missing(file: Path) -> frozenset[str]:
    """Return the labels of the apps that the file imports, or tests that it imports, and that are not there."""
    modules = IMPORT.findall(file.read_text(encoding="utf-8"))
    found = {find_label(app) for module in modules if (app := find_missing_app(module))}
    others = [CLONE / f"{module.replace('.', '/')}.py" for module in modules if ".tests." in module]
    return frozenset(found.union(*(find_missing(other) for other in others if other.exists())))


@cache
def find_missing_app(module: str) -> str:
    """Return the app of the module if it is not installed, or an empty text."""
    path, *names = module.split(".")
    for name in names if (CLONE / path / "__init__.py").exists() else ():
        path = f"{path}.{name}"
        file = CLONE / path.replace(".", "/")
        if path in list_without() or not (file.is_dir() or file.with_suffix(".py").exists()):
            return path
        if not file.is_dir():
            break
    return ""


@cache
def list_labels() -> frozenset[str]:
    """Return the labels of all apps that can be left out. The guide has those of apps whose folder is deleted, too."""
    guide = (CLONE / "docs" / "deploying.md").read_text(encoding="utf-8")
    return frozenset(LABEL.findall(guide.partition("\n## Leave apps out\n")[2].partition("\n## ")[0]))


def is_there(label: str) -> bool:
    """Return whether the app of this label is installed."""
    return any(find_label(app) == label for app in settings.SHOP_APPS)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("needs"):
            for label in mark.args or list_labels():
                if not is_there(label):
                    FOUND.setdefault(label, set()).add(item.nodeid)
    left_out = [item for item in items if any(item.nodeid in names for names in FOUND.values())]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    terminal: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    for label in sorted(FOUND) if terminal else ():
        terminal.write_line(f"{len(FOUND[label])} files or tests were left out, because they need {label}")
