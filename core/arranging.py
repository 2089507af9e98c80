"""The order of what several modules declare, such as the entries of the menu."""

from collections.abc import Iterator, Mapping

from django.core.exceptions import ImproperlyConfigured


def arrange(after: Mapping[str, str]) -> list[str]:
    """Return the names, each behind the one that it is mapped to. The first one is mapped to an empty text.

    What is behind the same name keeps its order. Raise ImproperlyConfigured if a name is behind one that is missing.
    """

    def follow(name: str) -> Iterator[str]:
        for each, before in after.items():
            if before == name:
                yield each
                yield from follow(each)

    found = list(follow(""))
    if missing := {*after} - {*found}:
        raise ImproperlyConfigured(f"These are arranged behind what is missing: {', '.join(sorted(missing))}.")
    return found
