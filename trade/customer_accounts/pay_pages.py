"""The page that takes a payment of a customer."""

from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from core.pages.cells import Fields
from core.pages.columns import Display
from core.sentences import fill
from trade.customer_accounts.dues import find_customer
from trade.customer_accounts.reading import Account, read_account
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
            group="", required=True, help_text=gettext_lazy("It is shared over the open sales, the oldest first.")
        ),
        "kind": RECEIVED["kind"].replace(choices=KINDS),
        "tendered": RECEIVED["tendered"],
    }

    @cached_property
    def account(self) -> Account:
        """Return the account of the customer. Raise Http404 if the shop has no such customer."""
        return read_account(self.user, find_customer(self.user, self.kwargs["pk"]))

    @cached_property
    def own_fields(self) -> Fields:
        fields = super().own_fields
        amount, owed = fields["amount"], self.account.owed
        return {**fields, "amount": amount.replace(initial=amount.write(owed) if owed else "")}

    @property
    def hint(self) -> str:
        name, left = self.account.customer.name, Display.of(self.user).money(self.account.owed)
        return f"{name}: {fill(LEFT, amount=left)}"

    def say(self, form: TaskForm, data: Any) -> str:
        return " ".join(filter(None, [gettext("Saved the payment."), say_change(self.user, data)]))
