"""Put items that are declared in several modules in order, such as the entries of the menu."""

from collections.abc import Iterator, Mapping

from django.core.exceptions import ImproperlyConfigured


def arrange(after: Mapping[str, str]) -> list[str]:
    """Return the names in order. `after` maps each name to the name before it, and the first one to an empty text.

    Names that are mapped to the same name keep their order: each is followed by all names after it. Raise
    ImproperlyConfigured if a name before another one is missing.
    """

    def follow(name: str) -> Iterator[str]:
        for each, before in after.items():
            if before == name:
                yield each
                yield from follow(each)

    found = list(follow(""))
    if missing := {*after} - {*found}:
        raise ImproperlyConfigured(f"The names before these are missing: {', '.join(sorted(missing))}.")
    return found
