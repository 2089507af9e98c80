"""Check that a list written by hand has each name that views or modules declare."""

from collections.abc import Collection

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


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
