"""Write price groups, the groups of customers, and the prices of products and kits.

Goods are locked before their prices are written, so a sale of a product has the prices before the change, or those
after it. Rows that are replaced end at the time of the change, and the new ones begin at the same time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext

from core import archiving
from core.archiving import lock_in_catalogue
from core.database.postgres.base import fetch
from core.database.transactions import AccountLock, atomic, lock_account
from core.ownership import accept, save_fields
from records.events.models import Event, EventType
from records.events.services import record
from records.history.models import Recording, recorded
from stock.booking.drafts import count_base_units
from trade.customers.models import Customer
from trade.prices.errors import (
    EndsBeforeStart,
    PriceGroupArchived,
    PricesDoubled,
    TooManyPriceGroups,
    TooManyPrices,
)
from trade.prices.models import CustomerGroup, GroupPercent, PriceGroup, PriceRow
from trade.selling.goods import find_kind
from trade.selling.prices import PRODUCT
from users.access.roles import Right, may
from users.errors import KeyScopeTooSmall
from users.models import KeyScope, User

MAX_GROUPS = 50  # the most live groups of a shop
MAX_ROWS = 100  # the most rows of a product, or of other goods
GoodsKey = tuple[str, int]  # the kind of goods, and their id
NOW = "SELECT clock_timestamp()"


def read_clock() -> datetime:
    """Return the time of the database, after the locks were acquired."""
    now: datetime = fetch(NOW)[0][0]
    return now


def mark_used(owner_id: int) -> None:
    """Note in the owner's row, which every request reads, that sales have to look for prices from now on."""
    User.objects.filter(pk=owner_id, has_prices=False).update(has_prices=True)


# --- Groups -----------------------------------------------------------------------------------------------


@atomic
def create_group(*, owner_id: int, **values: Any) -> PriceGroup:
    """Create a price group, and return it. Raise TooManyPriceGroups."""
    lock_account(owner_id, AccountLock.CATALOGUE)
    group: PriceGroup = PriceGroup.objects.create(owner_id=owner_id, **values)
    set_percent(group, group.percent)
    check_number(owner_id)
    mark_used(owner_id)
    record_group(group, EventType.PRICE_GROUP_CREATED)
    return group


def change_group(group: PriceGroup, values: dict[str, Any]) -> PriceGroup:
    """Save the fields of a locked group, in a transaction of the caller, and return it."""
    with recorded(PriceGroup, group.owner_id, [group.pk], is_locked=True) as changes:
        is_other = values.get("percent", group.percent) != group.percent
        save_fields(group, values)
        if is_other:
            set_percent(group, group.percent)
    if changes.changed:
        record_group(group, EventType.PRICE_GROUP_CHANGED)
    return group


@atomic
def archive_group(*, owner_id: int, pk: int, check: Callable[[Any], None] = accept) -> None:
    """Archive the group, which has no effect from now on. Raise DoesNotExist."""
    archiving.archive(PriceGroup, owner_id=owner_id, pk=pk, check=check)
    group = PriceGroup.objects.get(owner_id=owner_id, pk=pk)
    set_percent(group, None)
    record_group(group, EventType.PRICE_GROUP_ARCHIVED)


@atomic
def restore_group(*, owner_id: int, pk: int) -> PriceGroup:
    """Bring the group back, and return it. Raise DoesNotExist, NameTaken or TooManyPriceGroups."""
    group: PriceGroup = lock_in_catalogue(PriceGroup.objects.all(), owner_id, pk)
    if group.archived_at is not None:
        group = archiving.restore(PriceGroup, owner_id=owner_id, pk=pk)
        set_percent(group, group.percent)
        check_number(owner_id)
        record_group(group, EventType.PRICE_GROUP_RESTORED)
    return group


def set_percent(group: PriceGroup, percent: Decimal | None) -> None:
    """End the present percentage of the group, and begin this one at the same time. With None, nothing begins."""
    its, now = {"owner_id": group.owner_id, "price_group": group}, read_clock()
    GroupPercent.objects.filter(until=None, **its).update(until=now)
    if percent is not None:
        GroupPercent.objects.create(percent=percent, since=now, **its)


def check_number(owner_id: int) -> None:
    if PriceGroup.objects.live().filter(owner_id=owner_id).count() > MAX_GROUPS:
        raise TooManyPriceGroups(limit=MAX_GROUPS)


def record_group(group: PriceGroup, event_type: str) -> None:
    record(owner_id=group.owner_id, event_type=event_type, data={"price_group": group.pk})


# --- The group of a customer ------------------------------------------------------------------------------


def set_customer_group(*, by: User, customer: Customer, group: PriceGroup | None) -> None:
    """Give a customer, whose row the caller has locked or created, another group, or none.

    Raise PermissionDenied or KeyScopeTooSmall if the user may not, or PriceGroupArchived.
    """
    owner_id = customer.owner_id
    rows = CustomerGroup.objects.filter(owner_id=owner_id, customer=customer, until=None)
    former = PriceGroup.objects.filter(owner_id=owner_id, pk__in=rows.values("price_group")).first()
    if former == group:
        return
    if not may(by, Right.MANAGE_PRODUCTS):  # who may sell could sell for nothing otherwise
        raise PermissionDenied(gettext("Only who manages products may choose the price group of a customer."))
    if by.api_key and by.api_key.scope != KeyScope.MANAGE:
        raise KeyScopeTooSmall(required=KeyScope.MANAGE)
    if group:
        [group] = lock_groups(owner_id, [group.pk])
        if group.archived_at is not None:
            raise PriceGroupArchived(price_group=group.pk)
    now = read_clock()
    with recorded(Customer, owner_id, [customer.pk], is_locked=True) as changes:
        rows.update(until=now)
        if group:
            CustomerGroup.objects.create(owner_id=owner_id, customer=customer, price_group=group, since=now)
        changes.note(customer.pk, {"price_group": [name_link(former), name_link(group)]})
    customer.price_group_id = group.pk if group else None
    record(owner_id=owner_id, event_type=EventType.CUSTOMER_CHANGED, data={"customer": customer.pk})


def name_link(group: PriceGroup | None) -> dict[str, Any] | None:
    return {"id": group.pk, "name": group.name} if group else None


def lock_groups(owner_id: int, ids: Iterable[int]) -> list[PriceGroup]:
    """Lock these groups, so that nobody archives them, and return them in ascending id."""
    groups = PriceGroup.objects.filter(owner_id=owner_id, pk__in=[*ids]).order_by("id")
    return list(groups.select_for_update(no_key=True))


# --- Rows -------------------------------------------------------------------------------------------------


class Terms(NamedTuple):
    """The values of a row: `price`, and when it applies. `group` is an id.

    `least` is in base units; in a request, an amount in the unit of the product, or a number of other goods.
    """

    group: int | None
    least: Any
    starts_on: date | None
    ends_on: date | None
    price: Decimal


def make_terms(group: PriceGroup | None, values: Mapping[str, Any]) -> Terms:
    """Return what a row of a request or of a file says."""
    days = values.get("starts_on"), values.get("ends_on")
    return Terms(group.pk if group else None, values.get("from"), *days, values["price"])


def read_terms(row: PriceRow) -> Terms:
    return Terms(row.price_group_id, row.least, row.starts_on, row.ends_on, row.price)


@atomic
def replace_rows(
    *, by: User, kind: str, goods: Any, pk: int, rows: Sequence[Terms], check: Callable[[Any], None] = accept
) -> None:
    """Replace the prices of live goods of the kind, one of the queryset `goods`.

    `check` gets it locked, before any change, and refuses by an exception. Raise DoesNotExist, or an error of
    count_terms() or check_rows().
    """
    owner_id: Any = by.account_id
    locked = lock_in_catalogue(goods.live(), owner_id, pk)  # nobody archives a group meanwhile
    check(locked)
    write_goods(owner_id, kind, {pk: [count_terms(row, (kind, pk), locked) for row in rows]})


def write_goods(owner_id: int, kind: str, wanted: Mapping[int, Sequence[Terms]]) -> Mapping[int, Any]:
    """Replace the prices of goods of a kind, and return what the history notes of those that differ.

    The caller has locked products, and the catalogue for others. Raise an error of check_rows().
    """
    model: Any = PriceRow._meta.get_field(kind).related_model
    with recorded(model, owner_id, [*wanted], is_locked=kind == PRODUCT) as changes:
        write_rows(owner_id, kind, wanted, changes)
        model.objects.filter(owner_id=owner_id, pk__in=[*changes.noted]).update(updated_at=timezone.now())
    if kind == PRODUCT:
        Event.objects.record_changed(owner_id, changes)
    for pk in () if kind == PRODUCT else changes.noted:
        record(owner_id=owner_id, event_type=f"{kind}.changed", data={kind: pk})
    return changes.noted


def count_terms(row: Terms, key: GoodsKey, goods: Any) -> Terms:
    """Return the row with its quantity in base units.

    Raise AmountTooFine, StockLimitExceeded, or the error of the kind whose goods are sold whole.
    """
    kind, pk = key
    if row.least is None:
        return row
    if kind != PRODUCT and row.least % 1:
        raise find_kind(kind).not_whole(**{kind: pk})
    return row._replace(least=count_base_units(row.least, pk, getattr(goods, "decimals", 0)))


def check_rows(rows: Sequence[Terms], present: Iterable[Terms], groups: Mapping[int, PriceGroup]) -> None:
    """Raise TooManyPrices, EndsBeforeStart, PricesDoubled, or PriceGroupArchived unless the row is a present one."""
    if len(rows) > MAX_ROWS:
        raise TooManyPrices(limit=MAX_ROWS, requested=len(rows))
    places: dict[tuple[Any, ...], int] = {}
    for place, row in enumerate(rows):
        if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
            days = {"starts_on": f"{row.starts_on}", "ends_on": f"{row.ends_on}"}
            raise EndsBeforeStart(row=place, **days)
        if (first := places.setdefault(row[:-1], place)) != place:
            raise PricesDoubled(first=first, second=place)
    for row in {*rows} - {*present}:
        if row.group and groups[row.group].archived_at is not None:
            raise PriceGroupArchived(price_group=row.group)


def write_rows(
    owner_id: int,
    kind: str,
    wanted: Mapping[int, Sequence[Terms]],
    changes: Recording,
    check: Callable[[Any, Any, Any], None] = check_rows,
) -> None:
    """Replace the prices of goods of a kind, which are locked, and note what differs in the history.

    Rows that stay as they are do not end. The number of statements does not depend on the number of goods. Raise an
    error of the `check`.
    """
    column = f"{kind}_id"
    found: dict[int, dict[Terms, int]] = defaultdict(dict)
    for row in PriceRow.objects.filter(owner_id=owner_id, until=None, **{f"{column}__in": [*wanted]}):
        found[getattr(row, column)][read_terms(row)] = row.pk
    named = {row.group for rows in (*wanted.values(), *found.values()) for row in rows if row.group}
    groups = {group.pk: group for group in lock_groups(owner_id, named)} if named else {}
    ended: list[int] = []
    new: list[tuple[int, Terms]] = []
    for pk, rows in wanted.items():
        check(rows, found[pk], groups)
        ended += [row_id for terms, row_id in found[pk].items() if terms not in rows]
        new += [(pk, terms) for terms in rows if terms not in found[pk]]
        if {*rows} != found[pk].keys():
            changes.note(pk, {"prices": [describe_rows(one, groups) for one in (found[pk], rows)]})
    if not (ended or new):
        return
    now = read_clock()
    PriceRow.objects.filter(owner_id=owner_id, pk__in=ended).update(until=now)
    PriceRow.objects.bulk_create(
        [
            PriceRow(
                owner_id=owner_id, since=now, price_group_id=row.group, least=row.least, price=row.price,
                starts_on=row.starts_on, ends_on=row.ends_on, **{column: pk},
            )
            for pk, row in new
        ]
    )  # fmt: skip
    mark_used(owner_id)


def describe_rows(rows: Iterable[Terms], groups: Mapping[int, PriceGroup]) -> list[dict[str, Any]]:
    """Return what the history records of the rows."""
    return [
        {
            "group": groups[row.group].name if row.group else None, "from": row.least, "price": f"{row.price:.2f}",
            "starts_on": row.starts_on and row.starts_on.isoformat(),
            "ends_on": row.ends_on and row.ends_on.isoformat(),
        }
        for row in rows
    ]  # fmt: skip
