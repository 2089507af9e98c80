"""The error that refuses an archived supplier."""

from core.errors import Conflict
from core.translation import gettext_noop


class SupplierArchived(Conflict):
    code = "supplier_archived"
    detail = gettext_noop("This supplier is archived. Restore it first, or choose another one.")
    when = "a supplier is to be merged into one that is archived"
    also = "`supplier`"
