"""Returns of kits: a line of a return that names a kit is replaced by lines of the parts with which it was sold."""

from dataclasses import replace
from typing import Any, NamedTuple

from core.database.transactions import atomic
from stock.booking import services
from stock.booking.drafts import by_id
from stock.booking.returning import ReturnLine
from stock.models import Movement, Operation
from trade.kits.errors import KitAmbiguous, KitNotInSale, KitOfWholes, MoreKitsThanSold
from trade.kits.models import SoldKit
from trade.kits.sale_services import KitErrors

Parts = list[tuple[int, int]]  # the products of one kit, each with its quantity


def return_sale(*, sale: Operation, lines: list[ReturnLine] | None = None, **options: Any) -> list[Movement]:
    """Book a return as stock.booking.services.return_sale() does. Lines that name kits bring back their parts.

    Raise InvalidLines, whose errors may be those of kits, or an error of return_sale().
    """
    if lines and any(line.product.field == "kit" for line in lines):
        return return_kits(sale, lines, options)
    return services.return_sale(sale=sale, lines=lines, **options)


@atomic
def return_kits(sale: Operation, lines: list[ReturnLine], options: dict[str, Any]) -> list[Movement]:
    sold, errors = read_sold_kits(sale), KitErrors()
    expanded: list[ReturnLine] = []
    for index, line in enumerate(lines):
        with errors.of_line(index):
            if line.product.field != "kit":
                errors.origins.append((index, None))
                expanded.append(line)
                continue
            parts = find_parts(sale, sold, line)
            errors.origins += [(index, int(line.product.value))] * len(parts)
            expanded += [replace(line, product=by_id(product), quantity=quantity) for product, quantity in parts]
    return services.return_sale(sale=sale, lines=expanded, errors=errors, **options)


class Entry(NamedTuple):
    """Kits of one line of a sale: how many were sold, and the parts of one."""

    kit: int
    sold: int
    parts: Parts


def read_sold_kits(sale: Operation) -> list[Entry]:
    """Return the kits of a sale in their order."""
    rows = SoldKit.objects.filter(owner_id=sale.owner_id, operation=sale).order_by("id")
    moved = Movement.objects.filter(owner_id=sale.owner_id, operation=sale).order_by("id")
    movements = [*moved.values_list("product_id", "quantity")]
    return [
        Entry(
            row.kit_id,
            row.quantity,
            [(movements[place][0], movements[place][1] // row.quantity) for place in row.movements],
        )
        for row in rows
    ]


def find_parts(sale: Operation, sold: list[Entry], line: ReturnLine) -> Parts:
    """Return what comes back for a line that names a kit.

    Raise KitNotInSale, KitAmbiguous, KitOfWholes or MoreKitsThanSold.
    """
    kit = line.product.value
    entries = [place for place, one in enumerate(sold) if one.kit == kit and line.entry in (None, place)]
    if not entries:
        raise KitNotInSale(kit=kit, operation=sale.pk)
    parts = sold[entries[0]].parts
    if any(sorted(sold[place].parts) != sorted(parts) for place in entries):
        raise KitAmbiguous(kit=kit, entries=entries)
    if not isinstance(line.quantity, int) or (line.place and line.place.lot):
        raise KitOfWholes(kit=kit)
    if line.quantity > (number := sum(sold[place].sold for place in entries)):
        raise MoreKitsThanSold(kit=kit, sold=number, requested=line.quantity)
    return [(product, each * line.quantity) for product, each in parts]
