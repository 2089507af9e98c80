"""The errors that refuse a change of an order, with the numbers that a client needs."""

from typing import Any

from rest_framework import status

from core.errors import NEVER, Conflict, DomainError
from core.http.renderers import Changed
from core.sentences import fill
from core.translation import gettext_noop
from stock.errors import InvalidLines, ProductArchived


class OrderedTwice(DomainError):
    code = "ordered_twice"
    detail = "This product is in the order already."
    when = "another line of the order names the same product"
    also = "`product`"


class OrderedArchived(ProductArchived):
    """The draft has a product that was archived since."""

    def __init__(self, product: Any) -> None:
        super().__init__(product=product.pk)
        said = gettext_noop("{name} is archived: restore it first, or take it out of the draft.")
        self.args = (fill(said, name=product.name),)


class NothingOrdered(InvalidLines):
    """The errors of the refused lines of an order."""

    detail = "Nothing was ordered. Refused lines: {total}."


class NothingSuggested(Conflict):
    code = "nothing_suggested"
    detail = "No product of this supplier has to be ordered now."
    when = "nothing of the supplier has to be ordered now"
    also = "`supplier`"


class OrderNotDraft(Conflict):
    code = "order_not_draft"
    detail = "Order {order} is {state}: only a draft can be changed, deleted or sent."
    when = "only a draft of an order can be changed, deleted or sent"
    also = "`order`, `state`"


class OrderChanged(Changed):
    """The draft has another `updated_at` than the client expects."""

    status = status.HTTP_409_CONFLICT
    detail = "Order {order} has been changed in the meantime. Read it again."


class OrderNotSent(Conflict):
    code = "order_not_sent"
    detail = "Order {order} is a draft: send it first."
    when = "only a sent [order](purchasing.md) can be received, mailed or closed"
    also = "`order`"


class OrderClosed(Conflict):
    code = "order_closed"
    advice = NEVER
    detail = "Order {order} is closed: nothing more is expected of it."
    when = "the [order](purchasing.md) is closed"
    also = "`order`"


class NothingOutstanding(Conflict):
    code = "nothing_outstanding"
    detail = "All of order {order} has arrived. Name the lines if more has come."
    when = "all of the [order](purchasing.md) has arrived, and the request names no lines"
    also = "`order`"


class OrderReceivedMeanwhile(Conflict):
    """The order has had another delivery since the client read the outstanding quantities."""

    code, is_outdated = "order_received_meanwhile", True
    detail = "Deliveries of order {order}: {actual} now, not {expected}. Check what is still outstanding."
    when = "the [order](purchasing.md) has not `expected_deliveries` any more: read again what is outstanding"
    also = "`order`, `actual`, `expected`"


class ProductNotInOrder(DomainError):
    code = "product_not_in_order"
    detail = "Product {product} is not in order {order}: book it as a purchase of its own."
    when = "a delivery names a product that is not in the order: book it as a purchase"
    also = "`product`, `order`"


class SupplierWithoutAddress(DomainError):
    code = "supplier_without_address"
    detail = "The supplier of order {order} has no e-mail address to send it to."
    when = "the supplier of an order to be mailed has no `contact_email`, or was deleted"
    also = "`order`"


class TooMuchDamaged(DomainError):
    code = "too_much_damaged"
    detail = "No more can be damaged than has arrived."
    when = "`damaged` of a line that is received is more than its quantity"
    also = "`product`, `quantity`"
