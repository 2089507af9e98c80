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


def seed(apps: Any = all_apps, **kwargs: Any) -> None:
    """Create the group and set its permissions, after each migrate. `apps` are in the state that is migrated to."""
    if {"auth", "contenttypes"} <= apps.all_models.keys():
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=NAME)
        group.permissions.set(select_permissions(apps))


def select_permissions(apps: Any) -> QuerySet:
    """Return the permissions to view each model of the desk, and those to act that the models declare."""
    condition = Q(pk=None)
    for meta in [model._meta for model in all_apps.get_models() if admin.site.is_registered(model)]:
        names = [f"view_{meta.model_name}", *(name for name, _ in meta.permissions)]
        condition |= Q(content_type__app_label=meta.app_label, codename__in=names)
    return apps.get_model("auth", "Permission").objects.filter(condition)  # type: ignore[no-any-return]
