"""The reasons to refuse a change of an order, with the numbers that a client needs."""

from rest_framework import status

from core.errors import DomainError
from stock.errors import InvalidLines


class OrderedTwice(DomainError):
    code = "ordered_twice"
    detail = "This product is in the order already."


class NothingOrdered(InvalidLines):
    """The errors of the refused lines of an order."""

    detail = "Nothing was ordered. Refused lines: {total}."


class NothingSuggested(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "nothing_suggested"
    detail = "No product of this supplier has to be ordered now."


class OrderNotDraft(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "order_not_draft"
    detail = "Order {order} is {state}: only a draft can be changed, deleted or sent."


class OrderNotSent(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "order_not_sent"
    detail = "Order {order} is a draft: send it first."


class OrderClosed(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "order_closed"
    detail = "Order {order} is closed: nothing more is expected of it."


class NothingOutstanding(DomainError):
    status = status.HTTP_409_CONFLICT
    code = "nothing_outstanding"
    detail = "All of order {order} has arrived. Name the lines if more has come."


class OrderReceivedMeanwhile(DomainError):
    """The order has had another delivery since the client read what is outstanding."""

    status = status.HTTP_409_CONFLICT
    code = "order_received_meanwhile"
    detail = "Order {order} has {actual} deliveries now, not {expected}. Check what is still outstanding."


class ProductNotInOrder(DomainError):
    code = "product_not_in_order"
    detail = "Product {product} is not in order {order}: book it as a purchase of its own."


class SupplierWithoutAddress(DomainError):
    code = "supplier_without_address"
    detail = "The supplier of order {order} has no e-mail address to send it to."
