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


def arrange_in_line(after: Mapping[str, str]) -> list[str]:
    """Return the names in order as `arrange()` does. Raise ImproperlyConfigured if two are mapped to the same name.

    The second one would follow the last name of the chain, far away from the name that it is mapped to.
    """
    befores = list(after.values())
    if shared := sorted(name for name in after if after[name] and befores.count(after[name]) > 1):
        raise ImproperlyConfigured(f"These follow the same name: {', '.join(shared)}. Let one follow the other.")
    return arrange(after)
