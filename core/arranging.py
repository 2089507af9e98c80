"""Check that a list written by hand has each name that views or modules declare."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import TextChoices


def make_choices(name: str, where: str, listed: Collection[str], declared: Collection[str]) -> Any:
    """Return the declared names in the order of the list as choices, such as ORDER_SENT for "order.sent"."""
    check_order(where, listed, declared)
    return TextChoices(name, {one.upper().replace(".", "_"): one for one in listed})  # type: ignore[call-overload]  # missing in the stubs


def check_order(where: str, listed: Collection[str], declared: Collection[str]) -> None:
    """Raise ImproperlyConfigured if the list does not have each declared name once, and no other.

    While apps are left out, it has their names, too.
    """
    if missing := sorted({*declared} - {*listed}):
        raise ImproperlyConfigured(f"Add these names to {where} where they belong: {', '.join(missing)}.")
    if len(listed) > len(declared) and not settings.WITHOUT:
        unknown = sorted({*listed} - {*declared}) or sorted(listed)
        raise ImproperlyConfigured(
            f"{where} has names that nothing declares, or that it has twice: {', '.join(unknown)}."
        )
