"""The reasons to refuse a booking or a report, with the numbers that a client needs."""

from typing import Any

from rest_framework import status

from core.errors import DomainError


class ProductNotFound(DomainError):
    """The product does not exist or belongs to another account: the client can't tell which.

    An archived product is not found by its sku and barcode, because another product may have them by now.
    """

    code = "product_not_found"
    detail = "This product does not exist."


class MalformedLine(DomainError):
    """A line of a request that failed validation."""

    code = "invalid"

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, **self.numbers}


class CountedTwice(DomainError):
    code = "counted_twice"
    detail = "This product is in the count already."


class AlreadyReversed(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "already_reversed"
    detail = "This operation has been reversed already, by operation {reversed_by}."


class ProductArchived(DomainError):
    """The product is archived. It was referenced by id, or by the operation to reverse."""

    status = status.HTTP_409_CONFLICT
    code = "product_archived"
    detail = "Product {product} is archived: restore it first."
    field_detail = "This product is archived: restore it first."  # as an error of the field that names the product


class InsufficientStock(DomainError):
    code = "insufficient_stock"
    detail = "Only {available} in stock, {requested} requested."


class PriceWithoutSale(DomainError):
    code = "price_without_sale"
    detail = "Only a sale has a unit_price: leave it out, or book with the reason sale."


class ValueTooHigh(DomainError):
    code = "value_too_high"
    detail = "The stock of product {product} would be worth more than {limit}: book a lower unit_cost."


class StockReserved(InsufficientStock):
    """Enough is in stock, but less is available than was requested, because some of it is reserved."""

    detail = "Only {available} available, {requested} requested: {reserved} are reserved."


class InsufficientAtPlace(InsufficientStock):
    """There is not enough at the location or in the lot that the line names."""

    def __init__(self, *, where: str, **numbers: Any) -> None:
        super().__init__(**numbers)
        self.args = (f"Only {numbers['available']} {where}, {numbers['requested']} requested.",)


class LocationNotFound(DomainError):
    """The location does not exist, is archived or belongs to another account: the client can't tell which."""

    code = "location_not_found"
    detail = "There is no location {location}."


class LocationArchived(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "location_archived"

    def __init__(self, place: Any) -> None:
        super().__init__(location=place.location)
        self.args = (f"Location {place.location_name} is archived: restore it first.",)


class SameLocation(DomainError):
    code = "same_location"
    detail = "`from` and `to` are the same: name two different ones."


class LotNotFound(DomainError):
    code = "lot_not_found"
    detail = "This product has no lot {lot}."


class LotDiffers(DomainError):
    """The lot is known with another date than the line gives."""

    code = "lot_differs"
    detail = "Lot {lot} expires on {known}, not on {expires_on}: correct one of the dates."


class LotHasNoDate(LotDiffers):
    detail = "Lot {lot} has no date, and the line says {expires_on}: give the lot this date, or leave it out here."


class StockLimitExceeded(DomainError):
    code = "stock_limit_exceeded"
    detail = "{available} in stock and {requested} more would exceed the limit of {limit}."


class QuantityChanged(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "quantity_changed"
    detail = "The quantity is {actual} now, not {expected}."


class StockSequenceChanged(QuantityChanged):
    """The product's stock has changed since the client read it: its last movement is another one now."""

    detail = "The stock has moved since it was read: the quantity is {actual} now."


class InvalidLines(DomainError):
    """The errors of all refused lines of a request, by their index."""

    code = "invalid_lines"
    detail = "Nothing was booked. Refused lines: {total}."
    MAX_LINES_NAMED = 1000

    def __init__(self, errors: dict[int, DomainError]) -> None:
        super().__init__(total=len(errors))
        self.errors = errors

    def as_dict(self) -> dict[str, Any]:
        first_errors = sorted(self.errors.items())[: self.MAX_LINES_NAMED]
        return {**super().as_dict(), "lines": [{"line": index, **error.as_dict()} for index, error in first_errors]}


class NothingToSeal(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "nothing_to_seal"
    detail = "Nothing has been booked yet, so there is nothing to seal."


class StatementTooLong(DomainError):
    code = "statement_too_long"
    detail = "More than {limit} movements: choose a shorter time, or use ?format=csv."


class ReportTooLong(DomainError):
    code = "report_too_long"
    detail = "More than {limit} rows: filter by time, category or product."
