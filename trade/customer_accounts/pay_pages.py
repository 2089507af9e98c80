"""The page that takes a payment of a customer."""

from decimal import Decimal
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from core.pages.cells import Fields
from core.pages.columns import Display
from core.sentences import fill
from trade.customer_accounts.dues import find_customer, read_dues, sum_due
from trade.customers.models import Customer
from trade.selling.payments.pay_pages import KINDS, LEFT, RECEIVED, say_change
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage


class PayAccountPage(TaskPage):
    """Shares a payment over the open sales of a customer. The whole sum is filled in."""

    title = button = gettext_lazy("Save the payment")
    route = "customer-payment-list"
    next_page = "customer-account"
    fields = {
        "amount": RECEIVED["amount"].replace(
            group="",
            required=True,
            is_needed=True,
            help_text=gettext_lazy("It is shared over the open sales, the oldest first."),
        ),
        "kind": RECEIVED["kind"].replace(choices=KINDS),
        "tendered": RECEIVED["tendered"],
    }

    @cached_property
    def customer(self) -> Customer:
        """Return the customer. Raise Http404 if the shop has none with this id."""
        return find_customer(self.user, self.kwargs["pk"])

    @cached_property
    def owed(self) -> Decimal:
        return sum_due(read_dues(self.customer.owner_id, self.customer.pk))

    @cached_property
    def own_fields(self) -> Fields:
        fields = super().own_fields
        amount = fields["amount"]
        return {**fields, "amount": amount.replace(initial=amount.write(self.owed) if self.owed else "")}

    @property
    def hint(self) -> str:
        return f"{self.customer.name}: {fill(LEFT, amount=Display.of(self.user).money(self.owed))}"

    def say(self, form: TaskForm, data: Any) -> str:
        return " ".join(filter(None, [gettext("Saved the payment."), say_change(self.user, data)]))
