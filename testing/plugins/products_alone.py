"""A plugin of pytest that registers no kind of goods beside the product, and leaves out the tests that use one.

`python -m pytest -p testing.plugins.products_alone trade/selling` shows what sales, orders, returns and tills need of
them: nothing. The apps of the kinds stay installed.
"""

import inspect
import re
from typing import Any

import pytest

from core.shop_apps import read_declarations
from inventory_api.app_order import ORDER

APPS = [app for app in read_declarations(ORDER) if app.goods]
NAMES = [name.rpartition(".")[2].lower() for app in APPS for name in app.goods]  # such as kits
USES = re.compile("|".join(rf"(?<![a-z]){name.removesuffix('s')}s?(?![a-z])" for name in NAMES))
for app in APPS:
    app.goods = ()


def uses_kinds(item: Any) -> bool:
    """Return whether the test names a kind, or its module imports the app of one."""
    imports = any(f"from {app.name}" in inspect.getsource(item.module) for app in APPS)
    return imports or bool(USES.search(f"{item.name} {inspect.getsource(item.function)}".lower()))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    from trade.selling.goods import list_kinds  # noqa: PLC0415, after the settings

    assert not list_kinds()
    left_out = [item for item in items if uses_kinds(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
