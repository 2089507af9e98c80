"""Look up rates of VAT by the names that people type or choose in forms."""

from core.pages.look_ups import LookUp
from products.models import Tax

TAXES = LookUp("rate of VAT", lambda user: Tax.objects.for_user(user).live(), page="tax-list")
