"""Look up customers by the texts that people type or choose in forms."""

from core.pages.look_ups import LookUp
from core.translation import gettext_noop
from trade.customers.models import Customer

CUSTOMERS = LookUp(
    "customer", lambda user: Customer.objects.for_user(user).live(), page="customer-list",
    further_fields=("email", "phone"), phone_field="phone", has_unique_names=False,
    hint=gettext_noop("Any part of the name, e-mail address or phone number."),
)  # fmt: skip
