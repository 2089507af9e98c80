"""The page that issues the invoice of a sale. What is missing is asked there, and kept at the shop or the customer."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import resolve, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, gettext_lazy

from core.database.transactions import atomic
from core.http.calls import Answer, call_api
from core.kinds import DATE, NOTE
from core.pages.cells import Fields, make_fields
from core.pages.columns import Display
from core.pages.context import get_error_code
from core.pages.form_fields import OMIT, Field
from core.sentences import fill, find_label, list_first
from core.translation import gettext_noop
from stock.models import MovementType, Operation, OperationReason
from trade.customers.look_ups import CUSTOMERS
from trade.invoices.drafting import SoldLine, read_lines
from trade.invoices.errors import Invoiced, NothingToInvoice, RateMissing
from trade.invoices.papers import make_paper
from trade.invoices.services import OF_CUSTOMER, find_customer, find_invoices
from users.access.permissions import may_send
from users.models import User
from web.task_pages.route_page import make_view
from web.task_pages.task_form import TaskForm, Values, nest
from web.task_pages.task_page import TaskPage

SHOP, BUYER = "shop", "buyer"  # the fields with these names and a point are kept at the shop and the customer
SEEN = "_seen"  # this field tells that the user has seen what the invoice will say
CLOSED = (Invoiced.code, NothingToInvoice.code)  # no form helps
NAMES_OF_BUYER = ("legal_name", "vat_id", *OF_CUSTOMER)
ONE_OF_BOTH = gettext_noop("One of the two numbers is enough.")
HINTS = {
    f"{BUYER}.legal_name": gettext_noop("The name on invoices, if it is another one."),
    f"{SHOP}.vat_id": ONE_OF_BOTH,
    f"{SHOP}.tax_number": ONE_OF_BOTH,
    f"{SHOP}.exempt_reason": gettext_noop("Why what has no rate of VAT is sold without it."),
}
ASK_OWNER = gettext_noop("The settings of the shop lack: {names}. {owner} can add them.")
NO_RATE = gettext_noop("No rate of VAT: {products}. If they are exempt, write below why: invoices print it.")
NOT_CHOSEN = gettext_noop(
    "Sold with 0 % before anybody chose what this means: {products}. Choose it at “Rates of VAT”, undo this sale, and"
    " sell it again."
)


class IssuePage(TaskPage):
    """Issues the invoice of a sale, once its user has seen what it will say.

    What the shop or the customer lacks is saved in the same transaction. The preview runs this transaction, too, and
    rolls it back.
    """

    template_name = "invoices/issue.html"
    title = gettext_lazy("Invoice")
    route = "sale-invoice-list"
    fields = {
        "due_on": Field(gettext_lazy("Due on"), DATE),
        "purchase_reference": Field(gettext_lazy("Order of the customer"), help_text=gettext_lazy("Its number.")),
        "note": Field(gettext_lazy("Note"), NOTE, help_text=gettext_lazy("The invoice prints it.")),
        "delivered_on": Field(
            gettext_lazy("Delivered"), DATE, help_text=gettext_lazy("Empty: the day of the sale."), is_rare=True
        ),
        "buyer_reference": Field(
            gettext_lazy("Code for invoices"), help_text=gettext_lazy("Empty: that of the customer."), is_rare=True
        ),
    }
    shown: Any = None  # what the invoice will say, as the API returns it

    @cached_property
    def sale(self) -> Operation:
        """Return the sale. Raise Http404 if the shop has none with this id."""
        sales = Operation.objects.for_user(self.user).filter(reason=OperationReason.SALE)
        return get_object_or_404(sales, pk=self.kwargs["operation"])

    @cached_property
    def customer(self) -> int | None:
        """Return the id of the customer that the sale has."""
        return find_customer(self.sale)

    @cached_property
    def refusal(self) -> Values:
        """Return why the invoice can't be issued as shop, customer and sale are now, or nothing."""
        answer = self.issue({}, query={"dry_run": "true"})
        if answer.is_success:
            self.shown = answer.data
        return {} if answer.is_success else answer.data

    @property
    def missing(self) -> list[str]:
        """Return the names of what is missing, with that of the number for VAT and of the reason for no VAT."""
        names = list_missing(self.refusal)
        names += [f"{SHOP}.tax_number"] if f"{SHOP}.vat_id" in names else []
        return [*names, f"{SHOP}.exempt_reason"] if self.unrated else names

    @cached_property
    def sold(self) -> list[SoldLine]:
        shop: Any = self.user.shop_owner
        return [line for line in read_lines(self.sale, shop) if line.movement_type == MovementType.OUT]

    @cached_property
    def unrated(self) -> list[str]:
        """Return the names of the goods without a rate, if the shop has written down no reason."""
        shop: Any = self.user.shop_owner
        return [] if shop.exempt_reason else [line.name for line in self.sold if not line.has_rate]

    @property
    def lacks(self) -> list[str]:
        """Return the labels of the settings that are missing and that the user may not change."""
        names = [] if may_send(self.user, "account", "PUT") else self.missing
        settings = [name.partition(".")[2] for name in names if name.startswith(f"{SHOP}.")]
        return [gettext(find_label(User, "shop_name" if name == "name" else name)) for name in settings]

    @cached_property
    def own_fields(self) -> Fields:
        shop: Any = self.user.shop_owner
        due = fill("Empty: in {number:,} days.", number=shop.invoice_days)
        fields = {**self.fields, "due_on": self.fields["due_on"].replace(help_text=due)}
        asked = self.ask(SHOP, "account", self.missing, gettext("Missing in the settings of the shop"))
        if self.customer is None:
            names = [f"{BUYER}.{name}" for name in ("name", *NAMES_OF_BUYER)]
            asked["customer"] = Field(gettext("Customer"), look_up=CUSTOMERS)
            asked |= self.ask(BUYER, "customer-list", names, gettext("A new customer, or what the chosen one lacks"))
        else:
            asked |= self.ask(BUYER, "customer-list", self.missing, gettext("Missing at the customer"))
        return self.select({**asked, **fields})

    def ask(self, part: str, route: str, names: list[str], title: str) -> Fields:
        """Return the fields of the route with these names, and those that the form had when it was opened."""
        view, sent = make_view(resolve(reverse(route)).func, self.request, {}), self.request.POST
        fields = make_fields(view.get_serializer(), view.form_fields, changes_row=False)
        named = {f"{part}.{name}": field for name, field in fields.items()}
        own = {"group": title, "is_rare": False, "is_needed": False, "empty": OMIT}
        return {
            name: field.replace(**own, help_text=gettext(HINTS.get(name, "")))
            for name, field in named.items()
            if name in sent or name in names
        }

    @property
    def button(self) -> str:
        return gettext("Issue the invoice") if self.shown else gettext("Show what it will say")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form, or the invoice that the sale has."""
        if invoice := self.refusal.get("invoice"):
            return redirect("invoice-detail", pk=invoice["id"])
        return super().get(request)

    def call_route(self, form: TaskForm, body: Values) -> Answer:
        """Keep what was missing, and issue the invoice or, before its user has seen it, say what it would be."""
        details = nest({name: body.pop(name) for name in list(body) if "." in name})
        options = {"key": form.key} if SEEN in self.request.POST else {"query": {"dry_run": "true"}}

        @atomic
        def issue() -> Answer:
            answer = self.keep(details.get(SHOP), details.get(BUYER), body) or self.issue(body, **options)
            if "query" in options or not answer.is_success or answer.is_replayed:
                transaction.set_rollback(True)
            return answer

        answer = issue()
        self.shown = answer.data if "query" in options and answer.is_success else None
        return answer if answer.is_success else self.describe(answer)

    def issue(self, body: Values, **options: Any) -> Answer:
        return call_api(self.request, self.route, body, **options, operation=self.sale.pk)

    def keep(self, shop: Values | None, buyer: Values | None, body: Values) -> Answer | None:
        """Keep what was missing, and name the customer in the body. Return the answer that refuses it, or None."""
        if invoice := find_invoices(self.sale.owner_id, [self.sale.pk]).get(self.sale.pk):  # the form was sent before
            body["customer"] = invoice.customer_id
            return None
        if shop:
            answer = call_api(self.request, "account", shop, method="PUT", read=dict.fromkeys(shop, ""))
            if not answer.is_success:
                return name_part(SHOP, answer)
        known = self.customer or body.get("customer")
        body |= {"customer": known} if known else {}
        if not buyer:
            return None
        if known and "name" in buyer:
            return refuse({"customer": [gettext("Choose a customer, or write a new one: not both.")]})
        read = dict.fromkeys(buyer, "") if self.customer else None
        route: Any = (
            {"route": "customer-detail", "method": "PATCH", "pk": known} if known else {"route": "customer-list"}
        )
        answer = call_api(self.request, body=buyer, read=read, **route)
        body["customer"] = answer.data.get("id")
        return None if answer.is_success else name_part(BUYER, answer)

    def describe(self, answer: Answer) -> Answer:
        """Return the refusal with what is missing at its fields, and with the goods about whose VAT nothing is said."""
        data = answer.data
        if get_error_code(data) == RateMissing.code:
            return refuse({"detail": " ".join(self.explain_rates()) or data["detail"]})
        missing = [name for name in list_missing(data) if name in self.own_fields]
        if "customer" in missing:
            return refuse({"customer": [gettext("Choose a customer, or write the name of a new one.")]})
        parts = nest({name: [gettext("This is missing.")] for name in missing})
        return refuse(parts) if parts else answer

    def explain_rates(self) -> list[str]:
        unclear = [line.name for line in self.sold if line.key[0] is None]
        said = [(NO_RATE, self.unrated), (NOT_CHOSEN, unclear)]
        return [fill(text, products=list_first([*dict.fromkeys(names)])) for text, names in said if names]

    def finish(self, form: TaskForm, answer: Answer) -> HttpResponse:
        return self.show(form) if self.shown else super().finish(form, answer)

    def get_context(self, form: TaskForm) -> Values:
        """Return what the invoice will say, or why no form helps."""
        refused: list[str] = []
        if get_error_code(self.refusal) in CLOSED:
            refused = [self.refusal["detail"]]
        elif self.lacks:
            owner: Any = self.user.shop_owner
            refused = [fill(ASK_OWNER, names=", ".join(self.lacks), owner=owner.leader.username)]
        paper = make_paper(self, self.shown, Display.of(self.user)) if self.shown else None
        hints = [] if refused or form.is_bound or paper else self.explain_rates()
        return {"sale": self.sale, "paper": paper, "refused": refused or hints, "is_offered": not refused}

    def say(self, form: TaskForm, data: Any) -> str:
        return fill("Issued invoice {number}.", number=data["number"])

    def find_undo(self, data: Any) -> str:
        """Return no address: nothing undoes an invoice."""
        return ""

    def find_next(self, data: Any) -> str:
        return reverse("invoice-detail", args=[data["id"]])


def list_missing(refusal: Values) -> list[str]:
    """Return what is missing by the names of the fields."""
    return [name.replace("customer.", f"{BUYER}.") for name in refusal.get("missing", ())]


def refuse(errors: Values) -> Answer:
    return Answer(JsonResponse(errors, status=400))


def name_part(part: str, answer: Answer) -> Answer:
    """Return the refusal of what is kept, whose fields have the name of the part before their own."""
    return answer if "detail" in answer.data else refuse({part: answer.data})
