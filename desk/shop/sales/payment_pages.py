"""The page that books a payment of a sale later, and the base of the pages that sell and ask how it is paid."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from core.pages.cells import Fields
from core.pages.columns import Display
from core.sentences import fill
from desk.shop.forms import TaskForm
from desk.shop.sales.payment_fields import KINDS, LEFT, RECEIVED, say_change, take_payment
from desk.shop.task_page import TaskPage
from stock.models import Operation, OperationReason
from stock.places.pages import say_expired
from stock.sales.errors import NothingDue
from trade.sales.reading.shown import attach_sales
from users.reading.uses import list_uses


class PaidPage(TaskPage):
    """A page that sells. It asks for the payment in shops that use payments."""

    @cached_property
    def own_fields(self) -> Fields:
        hidden = {} if list_uses(self.user)["payments"] else RECEIVED
        return {name: field for name, field in super().own_fields.items() if name not in hidden}

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return take_payment(super().make_body(form))

    def say(self, form: TaskForm, data: Any) -> str:
        said = [super().say(form, data), say_change(self.user, data), *say_expired(self.user, data)]
        return " ".join(filter(None, said))


class PayPage(TaskPage):
    """Books what is received later for a sale."""

    title = button = gettext_lazy("Save the payment")
    route = "sale-payment-list"
    fields = {**RECEIVED, "kind": RECEIVED["kind"].replace(choices=KINDS)}

    @cached_property
    def sale(self) -> Any:
        """Return the sale. Raise Http404 if the shop has no such sale."""
        sales = Operation.objects.for_user(self.user).filter(reason=OperationReason.SALE).detailed()
        [sale] = attach_sales([get_object_or_404(sales, pk=self.kwargs["operation"])])
        return sale

    def make_form(self) -> TaskForm:
        """Return the form. Raise Http404 if the sale was undone. A form that was sent is shown all the same."""
        if self.sale.seller.is_undone:
            raise Http404
        return super().make_form()

    @property
    def hint(self) -> str:
        due = self.sale.money.due
        if self.sale.seller.is_undone:
            return ""
        return fill(LEFT, amount=Display.of(self.user).money(due)) if due > 0 else gettext(NothingDue.detail)

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        return take_payment(super().make_body(form))

    def say(self, form: TaskForm, data: Any) -> str:
        return " ".join(filter(None, [gettext("Saved the payment."), say_change(self.user, data)]))

    def find_next(self, data: Any) -> str:
        return reverse("sale-detail", args=[self.kwargs["operation"]])
