"""Create the products of a group of variants that are missing."""

import re
from itertools import islice, product
from typing import Any

from django.core.exceptions import ValidationError as TextError
from rest_framework.exceptions import ValidationError

from core.database.transactions import AccountLock, atomic, lock_account
from core.texts.cleaning import clean_code, clean_line
from products.attributes.services import plan_profile, require_axes, spell, take_profile
from products.codes.services import NewCode, check_codes
from products.models import MAX_CODE_LENGTH, Group, Product, Profile
from products.querysets import ProductQuerySet
from products.variants.errors import TooManyVariants
from records.events.models import Event
from records.history.models import recorded
from stock.goods.services import choose_threshold, lock_links, select_products
from users.models import User

MAX_FILLED = 200
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
LENGTHS, RULES = {"name": 255, "sku": MAX_CODE_LENGTH}, {"name": clean_line, "sku": clean_code}
Options = dict[str, str]  # the value of each axis


@atomic
def fill_group(
    *,
    by: User,
    group_id: int,
    options: dict[str, list[str]],
    name: str = "",
    sku: str = "",
    products: ProductQuerySet | None = None,
    **fields: Any,
) -> list[Product]:
    """Create a product without stock for each combination of these values that no live product of the group has.

    In the templates `name` and `sku`, `{size}` stands for the value of the axis `size`. Without a name, it is that of
    the group and the values. The other fields are those of create_product(), the same for all products. Raise
    Group.DoesNotExist, ValidationError or a DomainError. The number of statements does not depend on that of products.
    """
    account: Any = by.account_id
    lock_account(account, AccountLock.CATALOGUE)
    fields = choose_threshold(lock_links(account, fields)[0])
    group: Group = Group.objects.live().for_user(by).get(pk=group_id)
    require_axes(group.axes, [*options, *PLACEHOLDER.findall(name + sku)])
    missing = find_missing(group, options)
    if not missing:
        return []
    shared = plan_profile(Product(owner_id=account), take_profile(fields)).profile.describe()
    made = [
        Product(
            owner_id=account,
            has_profile=True,
            sku=fill_in("sku", sku, one),
            **fields,
            name=fill_in("name", name, one) if name else shorten(" ".join([group.name, *one.values()])),
        )
        for one in missing
    ]
    check_codes(account, [NewCode(row.sku, "sku", 0) for row in made if row.sku])
    with recorded(Product, account) as changes:
        Product.objects.bulk_create(made)
        ids = [row.pk for row in made]
        changes.add(*ids)
        described = [{**shared, "group_id": group.pk, "options": one} for one in missing]
        Profile.objects.bulk_create(
            Profile(owner_id=account, product_id=pk, **values) for pk, values in zip(ids, described, strict=True)
        )
    Event.objects.record_created(account, changes, ids)
    shown = {row.pk: row for row in select_products(by, products).filter(pk__in=ids)}
    return [shown[pk] for pk in ids]


def find_missing(group: Group, options: dict[str, list[str]]) -> list[Options]:
    """Return the combinations that no live product has. Raise TooManyOptionValues or TooManyVariants.

    Values that differ in case are one, spelled as a live product has it.
    """
    rows = Profile.objects.filter(owner_id=group.owner_id, group=group, is_live=True)
    present: list[Options] = list(rows.values_list("options", flat=True))
    distinct = [dict.fromkeys(values) for values in spell(present, options).values()]
    taken = {frozenset(one.items()) for one in present}
    combinations = (dict(zip(options, values, strict=True)) for values in product(*distinct))
    missing = [*islice((one for one in combinations if frozenset(one.items()) not in taken), MAX_FILLED + 1)]
    if len(missing) > MAX_FILLED:
        raise TooManyVariants(limit=MAX_FILLED)
    return missing


def fill_in(field: str, template: str, options: Options) -> str:
    """Return the template with the values of its axes. Raise ValidationError if the result is too long.

    The placeholders are replaced literally: the template is a text of the user, which str.format() must not read.
    """
    text = PLACEHOLDER.sub(lambda found: options.get(found[1], ""), template)
    try:
        return RULES[field](text, LENGTHS[field])
    except TextError as error:
        raise ValidationError({field: error.messages}) from None


def shorten(name: str) -> str:
    return name[: LENGTHS["name"]].rstrip()
