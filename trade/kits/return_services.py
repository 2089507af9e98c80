"""Returns of kits: a line of a return that names a kit gets the kits of the sale that it may take back."""

from dataclasses import replace
from typing import Any

from core.database.transactions import atomic
from stock.booking import services
from stock.booking.returning import ReturnLine
from stock.booking.sold import KitEntry
from stock.models import Movement, Operation
from trade.kits.errors import KitAmbiguous, KitNotInSale, KitOfWholes, MoreKitsThanSold
from trade.kits.models import SoldKit
from trade.kits.sale_services import KitErrors


def return_sale(*, sale: Operation, lines: list[ReturnLine] | None = None, **options: Any) -> list[Movement]:
    """Book a return as stock.booking.services.return_sale() does. Lines that name kits bring back their parts.

    Raise InvalidLines, whose errors may be those of kits, or an error of return_sale().
    """
    if lines and any(line.kit for line in lines):
        return return_kits(sale, lines, options)
    return services.return_sale(sale=sale, lines=lines, **options)


@atomic
def return_kits(sale: Operation, lines: list[ReturnLine], options: dict[str, Any]) -> list[Movement]:
    sold, errors = read_sold_kits(sale), KitErrors()
    found: list[ReturnLine] = []
    for index, line in enumerate(lines):
        with errors.of_line(index):
            is_of_kits = line.kit and line.movement is None
            found.append(replace(line, entries=find_entries(sale, sold, line)) if is_of_kits else line)
            errors.origins.append((index, line.kit))
    return services.return_sale(sale=sale, lines=found, errors=errors, **options)


def read_sold_kits(sale: Operation) -> list[tuple[int, KitEntry, Any]]:
    """Return the kits of a sale in their order: the kit, what was sold of it, and the products of one, sorted."""
    rows = SoldKit.objects.filter(owner_id=sale.owner_id, operation=sale).order_by("id")
    moved = Movement.objects.filter(owner_id=sale.owner_id, operation=sale).order_by("id")
    movements = [*moved.values_list("id", "product_id", "quantity")]
    sold = []
    for row in rows:
        parts = [(movements[place], movements[place][2] // row.quantity) for place in row.movements]
        entry = KitEntry(row.quantity, [(movement[0], each) for movement, each in parts])
        sold.append((row.kit_id, entry, sorted((movement[1], each) for movement, each in parts)))
    return sold


def find_entries(sale: Operation, sold: list[tuple[int, KitEntry, Any]], line: ReturnLine) -> list[KitEntry]:
    """Return the kits of the sale that a line may take back, which all have the same parts.

    Raise KitNotInSale, KitAmbiguous, KitOfWholes or MoreKitsThanSold.
    """
    kit = line.kit
    places = [place for place, one in enumerate(sold) if one[0] == kit and line.entry in (None, place)]
    if not places:
        raise KitNotInSale(kit=kit, operation=sale.pk)
    if any(sold[place][2] != sold[places[0]][2] for place in places):
        raise KitAmbiguous(kit=kit, entries=places)
    if not isinstance(line.quantity, int) or (line.place and line.place.lot):
        raise KitOfWholes(kit=kit)
    entries = [sold[place][1] for place in places]
    if line.quantity > (number := sum(entry.kits for entry in entries)):
        raise MoreKitsThanSold(kit=kit, sold=number, requested=line.quantity)
    return entries
