"""How an app lets the apps above it take part in what it does: docs/architecture.md#hooks.

The lower app has an abstract class in its own words in `hooks.py`. Its methods say when they are called, with which
locks, and what they may raise. Beside it stands the registry of what takes part. A higher app subclasses it, and
registers an object in `ready()` of its `apps.py`. An app that is left out registers nothing.
"""

from typing import TypeVar

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


class Registry(list[T]):
    """The registered objects, in the order of the apps. It is complete once all apps have started."""

    def __init__(self, kind: type[T]) -> None:
        super().__init__()
        self.kind = kind

    def register(self, one: T) -> None:
        """Add an object. Raise ImproperlyConfigured if it is none of the class, or if its type has one already."""
        if not isinstance(one, self.kind) or any(type(one) is type(other) for other in self):
            kind = f"{self.kind.__module__}.{self.kind.__qualname__}"
            raise ImproperlyConfigured(f"{one!r} is no object of {kind}, or is registered already.")
        self.append(one)

    def complete(self) -> "Registry[T]":
        """Return the objects, for a class that is made once. Raise ImproperlyConfigured while apps still start."""
        if not apps.ready:
            raise ImproperlyConfigured(f"An app may still register a {self.kind.__qualname__}.")
        return self
