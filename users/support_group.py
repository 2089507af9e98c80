"""The group "Support": what its members may do at the support desk, and nothing that would let them do more.

Everything there may be looked at. Users may be let in and shut out, and operations reversed, by actions that leave a
trace. Nothing may be added, changed or deleted: who could change users could make anybody a superuser.
"""

from typing import Any

from django.apps import apps as all_apps
from django.contrib import admin
from django.db.models import Q, QuerySet

NAME = "Support"
DOES = ("users.admit_user", "stock.reverse_operation")


def seed(apps: Any = all_apps, **kwargs: Any) -> None:
    """Give the group exactly its permissions: after each migrate, since a new model brings new ones.

    `apps` is what has been migrated by then.
    """
    if {"auth", "contenttypes"} <= apps.all_models.keys():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=NAME)
        group.permissions.set(permissions(apps))


def permissions(apps: Any) -> QuerySet:
    """To view each model of the desk, and to do what DOES names."""
    shown = [model._meta for model in all_apps.get_models() if admin.site.is_registered(model)]
    names = [(meta.app_label, f"view_{meta.model_name}") for meta in shown] + [name.split(".") for name in DOES]
    asked = Q(pk=None)
    for app, codename in names:
        asked |= Q(content_type__app_label=app, codename=codename)
    return apps.get_model("auth", "Permission").objects.filter(asked)  # type: ignore[no-any-return]
