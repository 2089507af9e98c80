"""Let each process of pytest-xdist import only the modules whose tests it runs, as a plugin of pytest.

Otherwise each process would import all modules before its first test, which takes longer than a tenth of the tests. The
processes collect one item for each file instead. When such an item is run, the tests of its file are collected and run.
"""

from collections.abc import Iterator
from typing import Any

import pytest


class LateModule(pytest.Module):
    """A module that is not imported before its tests are run."""

    has_begun = False

    def collect(self) -> Any:
        return super().collect() if self.has_begun else [WholeFile.from_parent(self, name="file")]


class WholeFile(pytest.Item):
    """Stands for all tests of a file. `nextitem` is what the process runs after them."""

    parent: LateModule
    nextitem: Any = None

    def runtest(self) -> None:
        """Import the module, and run its tests that the command line selects.

        pytest-xdist expects the test that runs in the place of the item that it has sent.
        """
        self.parent.has_begun = True
        tests = list(self.session.genitems(self.parent))
        self.config.hook.pytest_collection_modifyitems(session=self.session, config=self.config, items=tests)
        place = self.session.items.index(self)
        for test, following in zip(tests, [*tests[1:], self.nextitem], strict=False):
            self.session.items[place] = test
            self.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
            if self.session.shouldfail or self.session.shouldstop:
                break
        if not tests:  # the test before has left the fixtures of this folder for this file
            self.session._setupstate.teardown_exact(self.nextitem)


def is_late(config: pytest.Config) -> bool:
    """Return whether this is a process of pytest-xdist. A path with the name of a test needs an imported module."""
    return hasattr(config, "workerinput") and not any("::" in argument for argument in config.args)


def pytest_pycollect_makemodule(module_path: Any, parent: Any) -> LateModule | None:
    return LateModule.from_parent(parent, path=module_path) if is_late(parent.config) else None


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Keep all files: the names and markers that the command line selects are those of their tests."""
    files = [item for item in items if isinstance(item, WholeFile)]
    yield
    if files:
        items[:] = files


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    if not isinstance(item, WholeFile):
        return None
    item.nextitem = nextitem
    item.runtest()
    return True
