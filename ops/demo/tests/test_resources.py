"""The demo shop has rows of each app in which people add rows. `make check` sends all examples to it."""

from django.apps import apps

from core.ownership import OwnedModel
from ops.demo.catalogue import read_toml
from ops.demo.filling import list_calls
from users.access.permissions import list_api_views, routes

LEFT_OUT = {"desk.takeout", "desk.evidence"}  # their rows have files, which the worker writes


def list_called():
    """Return the names of the routes that the files of the demo call."""
    return {f"{name}-list" for name in read_toml("rows.toml")} | {call["do"] for call in list_calls()}


def list_apps(names):
    """Return the apps whose rows the routes with these names are for."""
    views = [view.cls for name, view in list_api_views() if name in names]
    models = {view.queryset.model for view in views if getattr(view, "queryset", None) is not None}
    return {apps.get_app_config(model._meta.app_label).name for model in models if issubclass(model, OwnedModel)}


def find_left_out(called):
    """Return the apps in which people add rows, of which these routes add none."""
    adding = {name for name, _ in list_api_views() if name.endswith("-list") and "POST" in routes()[name].roles}
    return list_apps(adding) - list_apps(called)


def test_the_demo_has_rows_of_each_app_in_which_people_add_rows():
    assert list_apps(list_called()) >= {"suppliers", "trade.customers", "trade.tills"}
    assert find_left_out(list_called()) == LEFT_OUT


def test_finds_an_app_without_rows_in_the_demo():
    called = {name for name in list_called() if not name.startswith("customer-")}
    assert find_left_out(called) == {*LEFT_OUT, "trade.customers"}
