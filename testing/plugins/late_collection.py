"""A plugin of pytest. Each process of pytest-xdist imports only the modules of the tests that it runs.

By default, each process imports all modules before its first test. That takes longer than a tenth of the tests. With
this plugin, a process collects one item for each file. The item collects the tests of the file and runs them.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest


class LateModule(pytest.Module):
    """A module that is not imported before its tests are run."""

    has_begun = False

    def collect(self) -> Any:
        if self.has_begun:
            return super().collect()
        item = WholeFile.from_parent(self, name="file")
        item.add_marker("django_db")  # pytest-django creates the databases of the markers that it finds before a test
        return [item]


class WholeFile(pytest.Item):
    """An item that runs all tests of a file. `nextitem` is the item that the process runs next."""

    parent: LateModule
    nextitem: Any = None

    def runtest(self) -> None:
        """Import the module, and run the tests that the command line selects.

        pytest-xdist looks up a running test in the list of items, so each test replaces this item while it runs.
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
        if not tests:  # the previous test has kept the fixtures of the folder for this file
            self.session._setupstate.teardown_exact(self.nextitem)


def is_late(config: pytest.Config) -> bool:
    """Return whether this is a process of pytest-xdist. Modules are imported early if a test is named in a path."""
    return hasattr(config, "workerinput") and not any("::" in argument for argument in config.args)


def pytest_pycollect_makemodule(module_path: Any, parent: Any) -> LateModule | None:
    return LateModule.from_parent(parent, path=module_path) if is_late(parent.config) else None


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Keep the items of all files. The command line selects by names and markers of tests, and these have none.

    With a seed of pytest-randomly, which orders the tests of each file, the files get a random order, too.
    """
    files = [item for item in items if isinstance(item, WholeFile)]
    if (seed := config.getoption("randomly_seed", None)) is not None:
        Random(seed).shuffle(files)  # noqa: S311
    yield
    if files:
        items[:] = files


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Keep the errors of a process in the arguments, such as a path that does not exist. pytest-xdist drops them."""
    try:
        return (yield)
    except pytest.UsageError as error:
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["usage_errors"] = [*error.args]
        raise


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Raise the error in the arguments that a process has found."""
    if errors := getattr(node, "workeroutput", {}).get("usage_errors"):
        raise pytest.UsageError(*errors)


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    if not isinstance(item, WholeFile):
        return None
    item.nextitem = nextitem
    item.runtest()
    return True
