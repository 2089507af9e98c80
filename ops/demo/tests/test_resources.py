"""The demo shop has rows of each app in which people add rows. `make check` sends all examples to it."""

import re
from pathlib import Path

from django.apps import apps

from core.ownership import OwnedModel
from users.access.permissions import list_api_views, routes

SOURCES = "".join(path.read_text() for path in sorted(Path(__file__).parents[1].glob("*.py")))
LEFT_OUT = {"desk.takeout", "desk.evidence"}  # their rows have files, which the worker writes


def find_left_out(names):
    """Return the apps from which the demo imports nothing."""
    return {name for name in names if not re.search(rf"^from {re.escape(name)}\.", SOURCES, re.MULTILINE)}


def test_the_demo_has_rows_of_each_app_in_which_people_add_rows():
    views = [view.cls for name, view in list_api_views() if name.endswith("-list") and "POST" in routes()[name].roles]
    models = {view.queryset.model for view in views if getattr(view, "queryset", None) is not None}
    names = {apps.get_app_config(model._meta.app_label).name for model in models if issubclass(model, OwnedModel)}
    assert names >= {"suppliers", "trade.customers", "trade.tills"}
    assert find_left_out(names) == LEFT_OUT


def test_finds_an_app_without_rows_in_the_demo():
    assert find_left_out({"suppliers", "trade.zorkmids"}) == {"trade.zorkmids"}
