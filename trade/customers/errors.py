"""The error that refuses an archived customer."""

from core.errors import Conflict


class CustomerArchived(Conflict):
    code = "customer_archived"
    detail = "This customer is archived. Restore it first, or choose another one."
    when = "a reservation or a sale names a customer that is archived, or another one is to be merged into it"
    also = "`customer`"
