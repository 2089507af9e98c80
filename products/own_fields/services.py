"""Writes the definitions of a shop's own fields.

Each change locks the account's CATALOGUE exclusively, so that no product gets a value meanwhile.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any

from rest_framework.exceptions import ValidationError

from core import archiving
from core.database.constraints import any_of
from core.database.postgres.base import execute, fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.ownership import accept, follow_names, save_fields
from core.sentences import fill
from core.texts.cleaning import fold_case
from core.translation import gettext_noop
from products.models import MAX_FIELDS, CustomField, Product, sql_profiles
from products.own_fields.errors import ChoiceInUse, FieldFixed, KeyTaken, TooManyFields
from records.events.models import Event, EventType
from records.history.models import recorded

FIXED = ("key", "type")
MAX_RENAMED = 1000  # the most products that one transaction changes when choices are renamed
NO_CHOICE = gettext_noop("“{choice}” is not one of the choices.")
SAME_CHOICES = gettext_noop("Two choices are “{choice}”. Case is ignored.")


@atomic
def create_field(*, owner_id: int, rename: dict[str, str] | None = None, **values: Any) -> CustomField:
    """Create a field of the account, and return it. Raise KeyTaken (400), TooManyFields (409) or ValidationError."""
    values["choices"] = list(rename_choices(values.get("choices", ()), rename or {}).values())
    lock_account(owner_id, AccountLock.CATALOGUE)
    if CustomField.objects.filter(owner_id=owner_id, key=values["key"]).exists():
        raise KeyTaken(key=values["key"])
    field: CustomField = CustomField.objects.create(owner_id=owner_id, **values)
    check_number(owner_id)
    return field


def change_field(
    *,
    owner_id: int,
    pk: int,
    check: Callable[[CustomField], None] = accept,
    rename: dict[str, str] | None = None,
    **values: Any,
) -> CustomField:
    """Change a field, rename some of its choices, and return it.

    `rename` has new names by those of `choices`, or of the present ones. Products with a renamed choice are changed,
    too. Each transaction changes MAX_RENAMED of them, so that sales do not wait long. The last one also changes the
    field: after a crash, the same request renames what is left. Raise CustomField.DoesNotExist, FieldFixed or
    ChoiceInUse (409), or ValidationError.
    """
    while (field := change_part(owner_id, pk, check, rename or {}, values)) is None:
        pass
    return field


@atomic
def change_part(
    owner_id: int, pk: int, check: Callable[[CustomField], None], rename: dict[str, str], values: dict[str, Any]
) -> CustomField | None:
    """Rename the choices of the next products. If these are the last ones, change the field and return it."""
    field: CustomField = archiving.lock_in_catalogue(CustomField.objects.live(), owner_id, pk)
    check(field)
    changed = {name: value for name, value in values.items() if name not in FIXED}
    for name in FIXED:
        if values.get(name, present := getattr(field, name)) != present:
            raise FieldFixed(field=name)
    if rename or "choices" in values:
        names = rename_choices(values.get("choices", field.choices), rename)
        changed["choices"] = list(names.values())
        require_unused(field, [choice for choice in field.choices if choice.lower() not in names])
        new = {choice: name for choice in field.choices if (name := names.get(choice.lower(), choice)) != choice}
        if rename_values(field, new):
            return None
        name = f"field.{field.key}"
        follow_names(owner_id, {name: (name, {fold_case(choice): new[choice] for choice in new})})
    save_fields(field, changed)
    return field


@atomic
def restore_field(*, owner_id: int, pk: int) -> CustomField:
    """Bring a field back, and return it. Raise CustomField.DoesNotExist or TooManyFields (409)."""
    field: CustomField = archiving.restore(CustomField, owner_id=owner_id, pk=pk)
    check_number(owner_id)
    return field


def check_number(owner_id: int) -> None:
    if CustomField.objects.live().filter(owner_id=owner_id).count() > MAX_FIELDS:
        raise TooManyFields(limit=MAX_FIELDS)


def rename_choices(choices: Iterable[str], rename: dict[str, str]) -> dict[str, str]:
    """Return the new name of each choice by the choice in lower case. Raise ValidationError."""
    names = {choice.lower(): choice for choice in choices}
    for choice in rename:
        if choice.lower() not in names:
            raise ValidationError({"rename": [fill(NO_CHOICE, choice=choice)]})
    names |= {choice.lower(): name for choice, name in rename.items()}
    if twice := find_twice(names.values()):
        raise ValidationError({"rename": [fill(SAME_CHOICES, choice=twice)]})
    return names


def find_twice(choices: Collection[str]) -> str | None:
    """Return a choice that equals another one, ignoring case, or None."""
    numbers = Counter(choice.lower() for choice in choices)
    return next((choice for choice in choices if numbers[choice.lower()] > 1), None)


def require_unused(field: CustomField, choices: list[str]) -> None:
    """Raise ChoiceInUse if a product, archived or not, has one of these choices."""
    values = {"owner": field.owner_id, "key": field.key, "choices": choices}
    for _product_id, choice in fetch(f"{sql_profiles.FIND_CHOSEN} LIMIT 1", values) if choices else ():
        raise ChoiceInUse(choice=choice)


def rename_values(field: CustomField, names: dict[str, str]) -> bool:
    """Replace these choices of the next products by their new names. Return whether more products may have them.

    Names that are swapped are replaced at all products at once, because a product can't have the old and the new one.
    """
    values: dict[str, Any] = {"owner": field.owner_id, "key": field.key, "choices": list(names)}
    limit = None if names.keys() & names.values() else MAX_RENAMED
    find = f"{sql_profiles.FIND_CHOSEN} ORDER BY product_id LIMIT %(limit)s"
    ids = [product_id for product_id, _choice in fetch(find, {**values, "limit": limit})] if names else []
    if not ids:
        return False
    products = Product.objects.filter(any_of("id", ids), owner_id=field.owner_id)
    list(products.order_by("id").select_for_update(no_key=True).values_list("id"))  # locked as in ADR 16
    [(now,)] = fetch("SELECT statement_timestamp()")
    values |= {"ids": ids, "names": json.dumps(names)}
    with recorded(Product, field.owner_id) as changes:
        changes.record_known(sql_profiles.RENAMED_CHOICES, now, **values)
    execute(sql_profiles.RENAME_CHOICES, values)
    products.update(updated_at=now)
    event = EventType.PRODUCT_CHANGED
    Event.objects.record_products(owner_id=field.owner_id, event_type=event, products=ids, at=now)
    return len(ids) == limit
