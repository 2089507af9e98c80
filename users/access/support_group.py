"""The permissions of the group "Support". Its members can't use them to extend their own rights.

They may view everything at the support desk. By actions that are logged, they may deactivate, reactivate and unlock
users, let their second factors end, revoke API keys, reverse operations, and switch off webhooks. They may not add,
change or delete anything: a member who could change users could make anyone a superuser.
"""

from typing import Any

from django.apps import apps as all_apps
from django.contrib import admin
from django.db.models import Q, QuerySet

NAME = "Support"
ACTION_PERMISSIONS = ("users.admit_user", "stock.reverse_operation", "webhooks.switch_off_webhook")


def seed(apps: Any = all_apps, **kwargs: Any) -> None:
    """Create the group and set its permissions, after each migrate. `apps` are in the state that is migrated to."""
    if {"auth", "contenttypes"} <= apps.all_models.keys():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=NAME)
        group.permissions.set(select_permissions(apps))


def select_permissions(apps: Any) -> QuerySet:
    """Return the permissions to view each model of the desk, and ACTION_PERMISSIONS."""
    shown = [model._meta for model in all_apps.get_models() if admin.site.is_registered(model)]
    condition = Q(pk=None)
    for name in (*(f"{meta.app_label}.view_{meta.model_name}" for meta in shown), *ACTION_PERMISSIONS):
        app, codename = name.split(".")
        condition |= Q(content_type__app_label=app, codename=codename)
    return apps.get_model("auth", "Permission").objects.filter(condition)  # type: ignore[no-any-return]
