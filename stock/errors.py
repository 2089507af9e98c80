"""The errors that refuse a booking or a report, with the numbers that a client needs."""

from typing import Any

from core.errors import NEVER, Conflict, DomainError
from core.sentences import fill


class Circle(DomainError):
    """Rows would lead back to the first one. `path` has their ids, from the first one back to itself."""

    def __init__(self, path: list[int]) -> None:
        super().__init__(path=path)
        self.args = (fill(self.detail, path=" → ".join(map(str, path))),)


class ProductNotFound(DomainError):
    """The product does not exist or belongs to another account: the client can't tell which.

    An archived product is not found by its sku, barcode and external id, because another product may have them by now.
    """

    code = "product_not_found"
    detail = "This product does not exist."
    when = (
        "there is no such product in the account. Archived products are not found by `sku`, `barcode` or `external_id`"
    )
    also = "`field`: the field that names the product"


class CodeAmbiguous(DomainError):
    """The scanned code, or the barcode of a line, names several products, which are the `candidates`."""

    code = "code_ambiguous"
    detail = "Several products have this code: change it in all but one of them."
    when = "a scanned code or a `barcode` names several products: [scanning](scanning.md#codes-of-several-products)"
    also = "`candidates`: the products, with what matched and the number of units that the code stands for; `gs1`"


class SeveralProducts(DomainError):
    code = "several_products"
    detail = "The codes of this line are those of several products."
    when = "a line of a compared file has the codes of several products"
    also = "`products`: their ids"


class MalformedLine(DomainError):
    """A line of a request that failed validation."""

    code = "invalid"
    when = (
        "a line of a request is malformed; there is no `detail`. In `application/problem+json` also any request with"
        " wrong fields or parameters"
    )
    also = "`errors`: the field errors"

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, **self.numbers}


class CountedTwice(DomainError):
    code = "counted_twice"
    detail = "This product is in the count already."
    when = "an earlier line counts the same product"
    also = "`product`"


class DifferenceChanged(DomainError):
    code = "difference_changed"
    detail = "The difference is {actual} now, not {expected}. Look at it again."
    when = "a difference is not that in `expected_differences`; `book` leaves the product out"
    also = "`product`, `expected`, `actual`"


class AlreadyReversed(Conflict):
    code = "already_reversed"
    advice = NEVER
    detail = "This operation has been reversed already, by operation {reversed_by}."
    when = "the operation has been reversed already"
    also = "`operation`, `reversed_by`"


class ProductArchived(Conflict):
    """The product is archived. The request referred to it by id, or by the operation to reverse."""

    code = "product_archived"
    detail = "Product {product} is archived: restore it first."
    # The text is shown as an error of the field that names the product.
    field_detail = "This product is archived: restore it first."
    when = (
        "a product of the operation or the [order](purchasing.md) is archived. So the operation can't be reversed, or"
        " the order can't be sent. In a line, with status 400: the product is archived"
    )
    also = "`product`"


class InsufficientStock(DomainError):
    code = "insufficient_stock"
    detail = "Only {available} in stock, {requested} requested."
    when = (
        "less is in stock, or [available](reservations.md), than was requested. In a reservation, and while something"
        " of the product is reserved, less is available. In a count with `counted_at`, less was counted than has gone"
        " out since"
    )
    also = (
        "`product`, `available`, `requested`; `reserved` if reservations are the reason; `location`, `lot` if the line"
        " names them"
    )


class ListPriceOnly(DomainError):
    code = "list_price_only"
    detail = "You sell at the price of the product, {list_price}: leave the price out."
    when = "a worker or a till gives another price, with [`workers_sell_at_list_price`](roles.md#limits-of-workers)"
    also = "`product` or `kit`, `list_price`; `unit_price` or `total`"


class AgreedForLess(ListPriceOnly):
    detail = "This price or discount was agreed for fewer goods, or for another customer: leave these as they were."


class AgreedForMore(ListPriceOnly):
    detail = "This price was agreed for a higher quantity: keep the rest, or sell at {list_price}."


class DiscountRefused(DomainError):
    code = "discount_refused"
    detail = "You sell at the prices of the products: leave the discount out."
    when = "a worker or a till gives a `discount`, with `workers_sell_at_list_price`"


class DatedBack(DomainError):
    code = "dated_back"
    detail = "You book nothing that is older than 24 hours: leave the time out, or ask the owner."
    when = (
        "a worker books what happened more than 24 hours ago, with [`workers_date_back`](roles.md#limits-of-workers)"
        " false"
    )
    also = "`occurred_at`, `earliest`"


class KeepsNoStock(DomainError):
    code = "keeps_no_stock"
    detail = (
        "Product {product} keeps no stock: it is sold, delivered and returned, but not counted, moved or written off."
    )
    when = (
        "a product [without stock](products.md#products-without-stock) would get a quantity. It can't be counted, moved"
        " or written off either. Its `keeps_stock` is false"
    )
    also = "`product`"


class HasStock(Conflict):
    code = "has_stock"
    detail = "Product {product} has {quantity} in stock: book or count this away before you stop counting its stock."
    when = "`keeps_stock` can't become false while the product is in stock"
    also = "`product`, `quantity`"


class CostTwice(DomainError):
    code = "cost_twice"
    detail = "Give either the unit_cost or the cost of the whole line, not both."
    when = "a line has both a `unit_cost` and a `cost`"


class ExtraCostsOfNoPurchase(DomainError):
    code = "extra_costs_of_no_purchase"
    detail = "Only a delivery has extra costs: leave them out, or book it with the reason purchase."
    when = (
        "an operation has [`extra_costs`](bookings.md#what-a-delivery-cost-besides), and its reason is not `purchase`"
    )


class TooManyExtraCosts(DomainError):
    code = "too_many_extra_costs"
    detail = "A delivery has at most {limit} extra costs; this would have {requested}."
    when = "a delivery would have too many `extra_costs`"
    also = "`limit`, `requested`"


class NothingToShare(DomainError):
    code = "nothing_to_share"
    detail = "Nothing that came in can carry the extra costs: products without stock carry none."
    when = "a delivery has `extra_costs`, and all that comes in are products without stock"


class SupplierOfNoPurchase(DomainError):
    code = "supplier_of_no_purchase"
    detail = "Only a delivery has a supplier: leave it out, or book it with the reason purchase."
    when = "an operation has a `supplier`, and its reason is not `purchase`"


class CostRefused(DomainError):
    code = "cost_refused"
    detail = "You name costs only of purchases: leave the cost out, or ask the owner."
    when = (
        "a user who [sees no costs](bookings.md#what-stock-costs) names one, and the reason is not `purchase`. The cost"
        " is that of goods that come in"
    )


class DecimalsFixed(Conflict):
    code = "decimals_fixed"
    detail = "Product {product} has been booked or is in a list with quantities, so its decimals are fixed."
    when = "the product has movements, or is in an order, a reservation or a sheet"
    also = "`product`"


class UnitFixed(Conflict):
    code = "unit_fixed"
    detail = (
        "Product {product} has been booked or is in a list with quantities in {unit}, so it can't get another unit."
        " Another spelling of the same unit is allowed."
    )
    when = (
        "the product has movements, or is in an order, a reservation or a sheet. Another spelling of the unit is"
        " allowed, and another name for pieces"
    )
    also = "`product`, `unit`: the present one"


class PriceWithoutSale(DomainError):
    code = "price_without_sale"
    detail = "Only a sale has a price: leave it out, or book with the reason sale."
    when = "what is no sale has a `unit_price`, a `total` or a `discount`"


class PriceTwice(DomainError):
    code = "price_twice"
    detail = "Give either the unit_price or the total of the whole line, not both."
    when = "a line has both a `unit_price` and a `total`"


class DiscountTooHigh(DomainError):
    code = "discount_too_high"
    detail = "The sale is for {limit}: its discount can't be more than that."
    when = "the `discount` of a sale is more than its lines are sold for"
    also = "`limit`"


class PriceTooHigh(DomainError):
    code = "price_too_high"
    detail = "One unit of product {product} would be sold for more than {limit}: lower the total."
    when = (
        "a price would be above 9,999,999,999.99. The `total` of a line can make such a price. Nor can one kit be sold"
        " for more"
    )
    also = "`product`, or `kit`; `limit`"


class ValueTooHigh(DomainError):
    code = "value_too_high"
    detail = "The stock of product {product} would be worth more than {limit}: book a lower cost."
    when = "the stock of a product would be worth too much. The highest value is 99,999,999,999,999,999,999.99"
    also = "`product`, `limit`"


class StockReserved(InsufficientStock):
    """The stock would be sufficient, but a part of it is reserved, and less is available than was requested."""

    detail = "Only {available} available, {requested} requested: {reserved} are reserved."


class InsufficientAtPlace(InsufficientStock):
    """There is not enough at the location or in the lot that the line names."""

    def __init__(self, *, where: str, **numbers: Any) -> None:
        super().__init__(**numbers)
        self.args = (fill("Only {available} {where}, {requested} requested.", where=where, **numbers),)


class LocationNotFound(DomainError):
    """The location does not exist, is archived or belongs to another account: the client can't tell which."""

    code = "location_not_found"
    detail = "There is no location {location}."
    when = "there is no such location in the account, or it is archived"
    also = "`location`: the id or name that was sent"


class LocationArchived(Conflict):
    code = "location_archived"
    when = "stock would return to an archived location, or a place be refilled from one: restore it, or name another"
    also = "`location`"

    def __init__(self, place: Any) -> None:
        super().__init__(location=place.location)
        self.args = (fill("Location {name} is archived: restore it first.", name=place.location_name),)


class LocationInUse(Conflict):
    """Something lies at the location, so it can't be archived."""

    code = "location_in_use"
    detail = "Products that lie at this location: {products}. Move them first."
    when = "something lies at the location, so it can't be archived"
    also = "`products`: the number of different products"


class SameLocation(DomainError):
    code = "same_location"
    detail = "Both places are the same: name two different ones."
    when = "a transfer goes from a location to itself. Nor can `from` and `to` both be null"


class LotNotFound(DomainError):
    code = "lot_not_found"
    detail = "This product has no lot {lot}."
    when = "the product has no such lot. Only a booking that adds stock creates a lot"
    also = "`lot`: the code that was sent"


class LotDiffers(DomainError):
    """The lot exists, and its date differs from the date in the line."""

    code = "lot_differs"
    detail = "Lot {lot} expires on {known}, not on {expires_on}: correct one of the dates."
    when = "the lot exists with another date, or without a date"
    also = "`lot`, `expires_on`: the date that was sent, `known`: the date of the lot, or null"


class LotHasNoDate(LotDiffers):
    detail = "Lot {lot} has no date, and the line says {expires_on}: give the lot this date, or leave it out here."


class StockLimitExceeded(DomainError):
    code = "stock_limit_exceeded"
    detail = "{available} in stock and {requested} more would exceed the limit of {limit}."
    when = "the quantity in stock would exceed 1,000,000,000"
    also = "`product`, `available`, `requested`, `limit`"


class QuantityChanged(Conflict):
    code = "quantity_changed"
    detail = "The quantity is {actual} now, not {expected}."
    when = (
        "`expected_quantity` or `stock_sequence` is not the present one. The second is compared only if the quantity"
        " would change"
    )
    also = "`product`, `actual`, and `expected`; or `expected_sequence` and `actual_sequence`"


class StockSequenceChanged(QuantityChanged):
    """The product's stock has changed since the client read it: the product has a newer movement."""

    detail = "The stock has moved since it was read: the quantity is {actual} now."


class InvalidLines(DomainError):
    """The errors of all refused lines of a request, by their index."""

    code = "invalid_lines"
    detail = "Nothing was booked. Refused lines: {total}."
    when = "some lines can't be booked, so nothing was booked"
    also = (
        "`total`, and `lines`: for each wrong line its number `line`, counted from 0, its own code and the keys of"
        " that code"
    )
    MAX_LINES_NAMED = 1000

    def __init__(self, errors: dict[int, DomainError]) -> None:
        super().__init__(total=len(errors))
        self.errors = errors

    def as_dict(self) -> dict[str, Any]:
        first_errors = sorted(self.errors.items())[: self.MAX_LINES_NAMED]
        return {**super().as_dict(), "lines": [{"line": index, **error.as_dict()} for index, error in first_errors]}


class NothingChanged(InvalidLines):
    """The errors of the refused lines of a request that changes several products."""

    detail = "Nothing was changed. Refused lines: {total}."


class NothingCompared(InvalidLines):
    """The errors of the malformed lines of a list to compare."""

    detail = "Nothing was compared. Refused lines: {total}."


class ChangedTwice(DomainError):
    code = "changed_twice"
    detail = "An earlier line changes this product already."
    when = "an earlier line changes the same product"
    also = "`product`"


class NothingCreated(DomainError):
    code = "nothing_created"
    detail = (
        "Operation {operation} is no import whose products are known, so nothing was reversed. Reverse it"
        " without archiving what it has created."
    )
    when = "`archive_created` was sent for no import, or for one of an older release"
    also = "`operation`"


class NothingToUndo(Conflict):
    code = "nothing_to_undo"
    detail = "The import has moved no quantity and created nothing, so there is nothing to undo."
    when = "the import has moved no quantity and created nothing"


class NothingToSeal(Conflict):
    code = "nothing_to_seal"
    detail = "Nothing has been booked yet, so there is nothing to seal."
    when = "nothing has been booked yet, so there is nothing to seal"


class StatementTooLong(DomainError):
    code = "statement_too_long"
    detail = "More than {limit} movements: choose a shorter time, or use ?format=csv."
    when = "the statement is too long for JSON: request CSV or a shorter period"
    also = "`limit`"


class ReportTooLong(DomainError):
    code = "report_too_long"
    detail = "More than {limit} rows: filter by time, category or product."
    when = "the CSV of a report would have too many rows"
    also = "`limit`"
