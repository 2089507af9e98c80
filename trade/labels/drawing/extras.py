"""The optional lines of labels: the options of a variant, and values of the shop's own fields."""

from collections.abc import Collection, Sequence
from typing import Any

from core.pages.columns import Display
from products.attributes.reading import KINDS, read_profiles
from products.own_fields.errors import FieldUnknown
from products.own_fields.models import CustomField
from users.models import User


def write_extras(
    by: User, products: Collection[int], *, options: bool, fields: Sequence[str]
) -> dict[int, tuple[str, ...]]:
    """Return the wanted lines of each product: its `options` in one line, and a line for each of the own `fields`.

    Products without any of these values are left out. The fields are named by their keys; raise FieldUnknown for a key
    that the shop does not have. Without a wanted line nothing is read, otherwise two statements are executed.
    """
    if not (options or fields):
        return {}
    known = {own.key: own for own in CustomField.objects.shown_to(by)}
    for key in fields:
        if key not in known:
            raise FieldUnknown(field=key)
    wanted, display = [known[key] for key in dict.fromkeys(fields)], Display.of(by, is_kept=True)
    profiles = read_profiles(by, products)
    return {
        product: tuple(write_options(profile) * options + write_fields(profile, wanted, display))
        for product, profile in profiles.items()
    }


def write_options(profile: dict[str, Any]) -> list[str]:
    return [" / ".join(profile["options"].values())] if profile["options"] else []


def write_fields(profile: dict[str, Any], wanted: Sequence[CustomField], display: Display) -> list[str]:
    """Return a line for each wanted field of which the product has a value."""
    values = [(own, profile["fields"].get(own.key)) for own in wanted]
    return [
        f"{own.label}: {getattr(display, KINDS.get(own.type, 'text'))(value)}"
        for own, value in values
        if value is not None
    ]
