"""Writes the profiles of products: groups and options, own fields, tags and metadata.

The caller has locked the product, and shares the account's CATALOGUE lock, so that groups and fields do not change.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, transaction

from core.database.constraints import find_constraint
from core.database.postgres.base import execute, fetch
from core.model_fields import merge, merge_metadata
from core.ownership import save_fields
from core.texts.cleaning import clean_line, fold_case
from products.attributes.errors import TooManyTags
from products.models import (
    MAX_TAGS,
    MAX_TEXT_LENGTH,
    MAX_VALUES,
    CustomField,
    FieldType,
    Group,
    Product,
    Profile,
    sql_profiles,
)
from products.own_fields.errors import FieldInvalid, FieldUnknown
from products.variants.errors import OptionsTaken, OptionUnknown, TooManyOptionValues

Values = dict[str, Any]  # by the names of fields
NAMES = frozenset({"group", "options", "fields", "tags", "metadata"})
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)
COMMA = re.compile(r"^(-?[0-9]+),([0-9]{1,2})$", re.ASCII)
YES_NO = {"true": True, "false": False, "yes": True, "no": False}
is_link = URLValidator(schemes=["http", "https"])


def take_profile(fields: Values) -> Values:
    """Remove the values of the profile from the fields of a product, and return them."""
    return {name: fields.pop(name) for name in NAMES & fields.keys()}


class ProfilePlan(NamedTuple):
    """A profile that is not saved yet, and the names of the values that the save changes."""

    profile: Profile
    changed: list[str]


def plan_profile(product: Product, values: Values) -> ProfilePlan:
    """Return the profile with these values. Write nothing.

    `options` and a list of `tags` replace the present ones. `fields` and `metadata` are merged, and None removes a
    value. Raise a DomainError for a value that is not allowed.
    """
    profile = find_profile(product)
    before = profile.describe()
    if "group" in values or "options" in values:
        set_options(profile, values)
    if "fields" in values:
        profile.fields = merge(profile.fields, read_fields(product.owner_id, values["fields"]))
    if "tags" in values:
        profile.tags = spell_tags(profile, change_tags(profile.tags, values["tags"]))
    if "metadata" in values:
        profile.metadata = merge_metadata(profile.metadata, values["metadata"])
    after = profile.describe()
    return ProfilePlan(profile, [name.removesuffix("_id") for name in after if after[name] != before[name]])


def find_profile(product: Product) -> Profile:
    """Return the profile of the product. It is a new one, not saved, if the product has none."""
    owned = {"owner_id": product.owner_id, "product_id": product.pk}
    return (Profile.objects.filter(**owned).first() if product.has_profile else None) or Profile(**owned)


def set_options(profile: Profile, values: Values) -> None:
    """Set the group and the options. Without given options, those of the new group's axes stay.

    A product of an archived group is shown without both: if the request sends that back, the product keeps them.
    """
    # The request may have read the group before another one changed its axes.
    groups = Group.objects.live().filter(owner_id=profile.owner_id)
    is_without = not (values.get("group") or values.get("options"))
    if is_without and profile.group_id and not groups.filter(pk=profile.group_id).exists():
        return
    if "group" in values:
        profile.group = values["group"]
    group = groups.filter(pk=profile.group_id).first() if profile.group_id else None
    axes = group.axes if group else []
    options = values.get("options", {axis: value for axis, value in profile.options.items() if axis in axes})
    require_axes(axes, options)
    is_same = options == profile.options and "group" not in values
    profile.options = options
    if not is_same and group and options:
        check_options(profile)


def require_axes(axes: list[str], given: Iterable[str]) -> None:
    """Raise OptionUnknown if one of the given axes is not among those of a group."""
    for axis in given:
        if axis not in axes:
            raise OptionUnknown(option=axis, known=", ".join(axes))


def spell(present: Iterable[dict[str, str]], given: dict[str, list[str]]) -> dict[str, list[str]]:
    """Return the values of each axis, spelled as in the present options. Values that differ in case are one.

    Raise TooManyOptionValues.
    """
    known = {(axis, fold_case(value)): value for options in present for axis, value in options.items()}
    spelled = {
        axis: [known.setdefault((axis, fold_case(value)), value) for value in values] for axis, values in given.items()
    }
    numbers = Counter(axis for axis, _value in known)
    for axis in given:
        if numbers[axis] > MAX_VALUES:
            raise TooManyOptionValues(option=axis, limit=MAX_VALUES)
    return spelled


def check_options(profile: Profile) -> None:
    """Raise OptionsTaken if another live product of the group has these options, or TooManyOptionValues.

    Values are spelled as those products have them.
    """
    others = Profile.objects.filter(owner_id=profile.owner_id, group=profile.group, is_live=True)
    others = others.exclude(product_id=profile.product_id)
    spelled = spell(others.values_list("options", flat=True), {axis: [one] for axis, one in profile.options.items()})
    profile.options = {axis: value for axis, [value] in spelled.items()}
    if taken := others.filter(options=profile.options).first():
        raise OptionsTaken(product=taken.product_id)


def read_own_fields(owner_id: int) -> dict[str, CustomField]:
    """Return the shop's own fields that are not archived, by key, the last one on pages first."""
    fields = CustomField.objects.live().filter(owner_id=owner_id)
    return {field.key: field for field in fields.order_by("-position", "-id")}


def read_fields(owner_id: int, values: Values) -> Values:
    """Return the values of own fields as they are stored. Raise FieldUnknown or FieldInvalid."""
    known = {field.key: field for field in CustomField.objects.live().filter(owner_id=owner_id, key__in=list(values))}
    read = {}
    for key, value in values.items():
        if key not in known:
            raise FieldUnknown(field=key)
        read[key] = None if value is None or not str(value).strip() else read_value(known[key], value)
    return read


def read_value(field: CustomField, value: Any) -> Any:
    """Return the value as it is stored: true or false of a `yes_no`, otherwise text. Raise FieldInvalid."""
    try:
        return READERS[FieldType(field.type)](field, value)
    except (ValueError, TypeError, KeyError, ValidationError):
        raise FieldInvalid(field=field.key, type=field.type) from None


def require_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def read_text(field: CustomField, value: Any) -> str:
    return clean_line(require_text(value), MAX_TEXT_LENGTH)


def read_number(field: CustomField, value: Any) -> str:
    """Return the number without zeros at the end of its decimals. A comma before one or two decimals is a point."""
    text = COMMA.sub(r"\1.\2", str(value))
    if isinstance(value, bool) or not NUMBER.fullmatch(text):
        raise ValueError
    return f"{Decimal(text).normalize() + 0:f}"


def read_date(field: CustomField, value: Any) -> str:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", require_text(value), re.ASCII):
        raise ValueError
    return date.fromisoformat(value).isoformat()


def read_yes_no(field: CustomField, value: Any) -> bool:
    return value if isinstance(value, bool) else YES_NO[require_text(value).lower()]


def read_choice(field: CustomField, value: Any) -> str:
    """Return the choice as the field has it. Case is ignored."""
    return {choice.lower(): choice for choice in field.choices}[require_text(value).lower()]


def read_link(field: CustomField, value: Any) -> str:
    link = read_text(field, value)
    is_link(link)
    return link


READERS = {
    FieldType.TEXT: read_text, FieldType.NUMBER: read_number, FieldType.DATE: read_date,
    FieldType.YES_NO: read_yes_no, FieldType.CHOICE: read_choice, FieldType.LINK: read_link,
}  # fmt: skip


def change_tags(present: list[str], given: Any) -> list[str]:
    """Return the tags of a list, or the present ones after `add` and `remove`. Tags that differ in case are equal."""
    if isinstance(given, dict):
        removed = {fold_case(tag) for tag in given.get("remove", ())}
        given = [*(tag for tag in present if fold_case(tag) not in removed), *given.get("add", ())]
    tags = list({fold_case(tag): tag for tag in reversed(given)}.values())[::-1]  # keeps the first of equal tags
    if len(tags) > MAX_TAGS:
        raise TooManyTags(limit=MAX_TAGS)
    return tags


def spell_tags(profile: Profile, tags: list[str]) -> list[str]:
    """Return the tags, with those that the product does not have as the shop has first written them."""
    new = [tag for tag in tags if tag not in profile.tags]
    present = dict(fetch(sql_profiles.SPELLINGS, {"owner": profile.owner_id, "tags": new})) if new else {}
    return [present.get(tag) or tag for tag in tags]


def store_profile(product: Product, plan: ProfilePlan) -> None:
    """Save a changed profile, and the product as changed. Raise OptionsTaken if its options have just been taken."""
    if not plan.changed:
        return
    with refuse_taken_options(plan.profile):
        plan.profile.save()
    save_fields(product, {"has_profile": True})


@contextmanager
def refuse_taken_options(profile: Profile) -> Iterator[None]:
    """Undo the block and raise OptionsTaken if another live product of the group has the options of the profile."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        constraint = find_constraint(error)
        if constraint is None or constraint.name != "products_profile_options":
            raise
        taken = {"owner_id": profile.owner_id, "group": profile.group_id, "options": profile.options, "is_live": True}
        raise OptionsTaken(product=Profile.objects.values_list("product_id", flat=True).get(**taken)) from error


def free_options(owner_id: int, products: list[int]) -> None:
    """Let other products have the options of these, which are being archived."""
    Profile.objects.filter(owner_id=owner_id, product_id__in=products).update(is_live=False)


def take_options(owner_id: int, products: list[int]) -> None:
    """Give these products, which are being restored, their options again, spelled as other live products have them.

    Raise OptionsTaken if they differ only in case from those of another product: the unique index has no such rule.
    """
    Profile.objects.filter(owner_id=owner_id, product_id__in=products).update(is_live=True)
    values = {"owner": owner_id, "products": products}
    if taken := fetch(sql_profiles.FIND_TAKEN, values):
        raise OptionsTaken(product=taken[0][0])
    execute(sql_profiles.SPELL_OPTIONS, values)
