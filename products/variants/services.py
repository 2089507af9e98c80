"""Changes groups of variants: their names and axes, and with them the options of their products."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from rest_framework.exceptions import ValidationError

from core import archiving
from core.archiving import lock_in_catalogue
from core.database.constraints import any_of
from core.database.postgres.base import execute, fetch
from core.database.transactions import atomic
from core.ownership import accept, follow_names, list_automatic_fields, save_fields
from core.texts.cleaning import fold_case
from products.attributes.services import require_axes
from products.models import Group, Product, Profile, sql_profiles
from products.variants.errors import AxisInUse, OptionsTaken
from records.events.models import Event
from records.history.models import recorded
from users.models import User

Names = dict[str, str]  # the present names, each with the new one


@atomic
def change_group(
    *,
    by: User,
    pk: int,
    rename: dict[str, Names] | None = None,
    rename_axes: Names | None = None,
    check: Callable[[Group], None] = accept,
    **fields: Any,
) -> Group:
    """Change the group and the options of its products, archived ones too, and return it.

    `rename` has new values by the present name of their axis. The axes in `fields` are those after `rename_axes`. An
    axis that is missing there is removed: raise AxisInUse if a live product has a value of it. Raise OptionsTaken if
    two live products would have the same options, OptionUnknown, ValidationError or Group.DoesNotExist.
    """
    owner_id: Any = by.account_id
    group: Group = lock_in_catalogue(Group.objects.live(), owner_id, pk)
    check(group)
    used = Profile.objects.filter(owner_id=owner_id, group=group, is_live=True)
    values = spell_new(used.values_list("options", flat=True), rename) if rename else {}
    names = rename_axes or {}
    require_axes(group.axes, [*values, *names])
    renamed = {axis: names.get(axis, axis) for axis in group.axes}
    if len({fold_case(axis) for axis in renamed.values()}) < len(renamed):
        raise ValidationError({"rename_axes": [gettext("Two axes would have the same name.")]})
    axes = fields.pop("axes", list(renamed.values()))
    removed = [axis for axis, name in renamed.items() if name not in axes]
    for axis in removed:
        if used.filter(options__has_key=axis).exists():
            raise AxisInUse(option=axis)
    shown = group.name
    with recorded(Group, owner_id, [pk], is_locked=True) as changes:
        save_fields(group, {**fields, "axes": axes})
        names = {axis: name for axis, name in names.items() if axis != name}
        rename_filters(group, values, names)
        if change_options(group, values, names, removed):
            changes.note(pk, {f"options.{axis}": [[*new], [*new.values()]] for axis, new in values.items()})
    if group.name != shown:
        record_name(group, shown, group.name)
    return group


def rename_filters(group: Group, values: dict[str, Names], names: Names) -> None:
    """Let filters by a renamed axis or value follow, unless a product of another group has it as well."""
    others = Profile.objects.filter(owner_id=group.owner_id, is_live=True).exclude(group=group)
    renamed = {}
    for axis in values | names:
        options = others.filter(options__has_key=axis).values_list("options", flat=True)
        known = {fold_case(one[axis]) for one in options}
        name = axis if known else names.get(axis, axis)
        new = {fold_case(old): new for old, new in values.get(axis, {}).items() if fold_case(old) not in known}
        renamed[f"option.{axis}"] = f"option.{name}", new
    follow_names(group.owner_id, renamed)


@atomic
def archive_group(*, owner_id: int, pk: int, check: Callable[[Group], None] = accept) -> None:
    """Archive the group: its products are shown in none. Raise Group.DoesNotExist."""
    archiving.archive(Group, owner_id=owner_id, pk=pk, check=check)
    group = Group.objects.get(owner_id=owner_id, pk=pk)
    record_name(group, group.name, None)


@atomic
def restore_group(*, owner_id: int, pk: int) -> Group:
    """Bring the group back, and return it: its products show it again. Raise Group.DoesNotExist or NameTaken."""
    group: Group = lock_in_catalogue(Group.objects.all(), owner_id, pk)
    if group.archived_at is not None:
        group = archiving.restore(Group, owner_id=owner_id, pk=pk)
        record_name(group, None, group.name)
    return group


def spell_new(present: Iterable[Names], rename: dict[str, Names]) -> dict[str, Names]:
    """Return the new values, spelled as present ones that are not renamed. Values that differ in case are one."""
    known = {
        (axis, fold_case(value)): value
        for options in present
        for axis, value in options.items()
        if value not in rename.get(axis, ())
    }
    return {
        axis: {old: known.setdefault((axis, fold_case(new)), new) for old, new in names.items()}
        for axis, names in rename.items()
    }


def record_name(group: Group, before: str | None, after: str | None) -> None:
    """Record that the products of the group show another name of it, or none while it is archived."""
    owner_id = group.owner_id
    products = Profile.objects.filter(owner_id=owner_id, group=group).values_list("product_id", flat=True)
    with recorded(Product, owner_id, list(products)) as changes:
        for pk in changes.before[0]:
            changes.note(pk, {"group_name": [before, after]})
        save_time(owner_id, list(products))
    if changes.changed:
        Event.objects.record_changed(owner_id, changes)


def save_time(owner_id: int, products: list[int]) -> None:
    now = dict.fromkeys(list_automatic_fields(Product), timezone.now())
    Product.objects.filter(any_of("id", products), owner_id=owner_id).update(**now)


def change_options(group: Group, values: dict[str, Names], names: Names, removed: list[str]) -> bool:
    """Rename values and axes in the options of the group's products, or remove axes. Return whether one changed.

    The transaction has locked the account's catalogue. Renames take effect at once, so that values can be swapped.
    """
    owner_id = group.owner_id
    parameters = {
        "owner": owner_id, "group": group.pk, "values": json.dumps(values), "axes": json.dumps(names),
        "removed": removed,
    }  # fmt: skip
    ids = [pk for (pk,) in fetch(sql_profiles.LIST_RENAMED, parameters)] if values or names or removed else []
    if not ids:
        return False
    with recorded(Product, owner_id, ids) as changes:
        if taken := fetch(sql_profiles.FIND_EQUAL, parameters):
            raise OptionsTaken(product=taken[0][0])
        # Without live options meanwhile, the unique index does not compare new options with old ones.
        Profile.objects.filter(any_of("product_id", ids), owner_id=owner_id).update(is_live=False)
        execute(sql_profiles.RENAME, {**parameters, "products": ids})
        save_time(owner_id, ids)
    Event.objects.record_changed(owner_id, changes)
    return True
