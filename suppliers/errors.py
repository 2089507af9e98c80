"""The error that refuses an archived supplier."""

from core.errors import Conflict


class SupplierArchived(Conflict):
    code = "supplier_archived"
    detail = "This supplier is archived. Restore it first, or choose another one."
    when = "a supplier is to be merged into an archived one"
    also = "`supplier`"
