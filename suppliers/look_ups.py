"""Look up suppliers by the names that people type or choose in forms."""

from core.pages.look_ups import LookUp
from suppliers.models import Supplier

SUPPLIERS = LookUp("supplier", lambda user: Supplier.objects.for_user(user).live(), page="supplier-list")
