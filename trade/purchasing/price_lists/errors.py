"""The errors that refuse a price list, or its undoing."""

from typing import Any

from core.errors import Conflict, DomainError


class PricePerUnknown(DomainError):
    code = "price_per_unknown"
    detail = (
        "The list has packs of several units, and does not say whether its prices are those of a unit or of a pack."
        " Choose one of them by price_per. Later lists of this supplier are read in the same way."
    )
    when = "a [price list](suppliers.md#price-lists) does not say whether prices are of packs or of units"
    also = (
        "`allowed`: the values of the parameter, `likely`: the one by which fewer prices change much, or null,"
        " `number`: the rows that it concerns, `example`: the first one, and `columns` and `preview` as in a dry run"
    )

    def __init__(self, **numbers: Any) -> None:
        super().__init__(**numbers)
        self.preview: dict[str, Any] = {}

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), **self.preview}


class PriceListUndone(Conflict):
    code = "price_list_undone"
    detail = "Price list {number} is undone already."
    when = "a [price list](suppliers.md#price-lists) is undone already"
    also = "`number`"
