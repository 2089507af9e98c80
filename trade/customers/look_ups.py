"""Look up customers by the names that people type or choose in forms."""

from core.pages.look_ups import LookUp
from trade.customers.models import Customer

CUSTOMERS = LookUp("customer", lambda user: Customer.objects.for_user(user).live(), page="customer-list")
