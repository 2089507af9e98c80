"""The error that refuses an archived customer."""

from core.errors import Conflict


class CustomerArchived(Conflict):
    code = "customer_archived"
    detail = "This customer is archived. Restore it first, or choose another one."
    when = "a reservation, a sale or a merge names an archived customer"
    also = "`customer`"
