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
from trade.customers.models import Customer
from trade.invoices.drafting import SoldLine, read_lines
from trade.invoices.errors import CustomerDiffers, Invoiced, InvoiceIncomplete, NothingToInvoice, RateMissing
from trade.invoices.papers import make_paper
from trade.invoices.services import OF_CUSTOMER, OF_SHOP, find_customer, find_invoices
from users.access.permissions import may_send
from users.models import User
from web.task_pages.route_page import make_view
from web.task_pages.task_form import TaskForm, Values, nest
from web.task_pages.task_page import TaskPage

SHOP, BUYER = "shop", "buyer"  # the fields with these names and a point are kept at the shop and the customer
SEEN = "_seen"  # this field tells that the user has seen what the invoice will say
NAMES_OF_BUYER = ("legal_name", "vat_id", *OF_CUSTOMER)
ONE_OF_BOTH = gettext_noop("One of the two numbers is enough.")
HINTS = {
    f"{BUYER}.legal_name": gettext_noop("The name on invoices, if it is another one."),
    f"{SHOP}.vat_id": ONE_OF_BOTH, f"{SHOP}.tax_number": ONE_OF_BOTH,
    f"{SHOP}.exempt_reason": gettext_noop("Why what has no rate of VAT is sold without it."),
}  # fmt: skip
MISSING = gettext_noop("This is missing.")
WHO = gettext_noop("Choose a customer, or write the name of a new one.")
ASK_OWNER = gettext_noop("The settings of the shop lack: {names}. {owner} can add them.")
NO_RATE = gettext_noop("No rate of VAT: {products}. If they are exempt, write below why: invoices print it.")
NOT_CHOSEN = gettext_noop(
    "Sold with 0 % before anybody chose what this means: {products}. Choose it at “Rates of VAT”, undo this sale, and"
    " sell it again."
)
ANOTHER = gettext_noop("Somebody has named another customer for this sale meanwhile: {name}. Open this page again.")


class IssuePage(TaskPage):
    """Issues the invoice of a sale, once its user has seen what it will say.

    What the shop or the customer lacks is kept in the same transaction. A form that shows what the invoice will say
    does all of it, and takes it back.
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
            gettext_lazy("Buyer reference"), help_text=gettext_lazy("Empty: that of the customer."), is_rare=True
        ),
    }
    answer: Answer | None = None  # to the last dry run

    @cached_property
    def sale(self) -> Operation:
        """Return the sale. Raise Http404 if the shop has none with this id."""
        sales = Operation.objects.for_user(self.user).filter(reason=OperationReason.SALE)
        return get_object_or_404(sales, pk=self.kwargs["operation"])

    @property
    def shop(self) -> User:
        shop: Any = self.user.shop_owner
        return shop

    @cached_property
    def customer(self) -> Customer | None:
        """Return the customer that the sale has."""
        return Customer.objects.for_user(self.user).filter(pk=find_customer(self.sale) or 0).first()

    @cached_property
    def sold(self) -> list[SoldLine]:
        return [line for line in read_lines(self.sale, self.shop) if line.movement_type == MovementType.OUT]

    @cached_property
    def lacks(self) -> list[str]:
        """Return what the shop lacks."""
        lacks = [name for name in OF_SHOP if not getattr(self.shop, name)]
        lacks += [] if self.shop.shop_name or self.shop.legal_name else ["name"]
        lacks += [] if self.shop.vat_id or self.shop.tax_number else ["vat_id", "tax_number"]
        has_reason = self.shop.exempt_reason or all(line.has_rate for line in self.sold)
        return lacks if has_reason else [*lacks, "exempt_reason"]

    @property
    def may_change_shop(self) -> bool:
        return may_send(self.user, "account", "PUT")

    @cached_property
    def own_fields(self) -> Fields:
        due = fill("Empty: in {number:,} days.", number=self.shop.invoice_days)
        fields = {**self.fields, "due_on": self.fields["due_on"].replace(help_text=due)}
        return self.select({**self.ask_shop(), **self.ask_buyer(), **fields})

    def ask_shop(self) -> Fields:
        if not self.may_change_shop:
            return {}
        return self.ask(SHOP, "account", self.lacks, gettext("Missing in the settings of the shop"))

    def ask_buyer(self) -> Fields:
        """Return the fields of what the customer lacks, or those of a customer if the sale has none."""
        if self.customer:
            lacks = [name for name in NAMES_OF_BUYER if not getattr(self.customer, name)]
            asked = lacks if {*lacks} & {*OF_CUSTOMER} else []
            return self.ask(BUYER, "customer-list", asked, fill("Missing at {name}", name=self.customer.name))
        title = gettext("A new customer, or what the chosen one lacks")
        new = self.ask(BUYER, "customer-list", ["name", *NAMES_OF_BUYER], title)
        return {"customer": Field(gettext("Customer"), look_up=CUSTOMERS), **new}

    def ask(self, part: str, route: str, lacks: list[str], title: str) -> Fields:
        """Return the fields of the route for what is missing, and those that the form had when it was opened."""
        view, sent = make_view(resolve(reverse(route)).func, self.request, {}), self.request.POST
        fields = make_fields(view.get_serializer(), view.form_fields, changes_row=False)
        return {
            whole: field.replace(
                group=title, is_rare=False, is_needed=False, empty=OMIT, help_text=gettext(HINTS.get(whole, ""))
            )
            for name, field in fields.items()
            if (whole := f"{part}.{name}") in sent or name in lacks
        }

    @property
    def button(self) -> str:
        is_ready = self.answer and self.answer.is_success
        return gettext("Issue the invoice") if is_ready else gettext("Show what it will say")

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Show the form, or the invoice that the sale has."""
        if invoice := self.find_invoice():
            return redirect("invoice-detail", pk=invoice.pk)
        return super().get(request)

    def find_invoice(self) -> Any:
        return find_invoices(self.sale.owner_id, [self.sale.pk]).get(self.sale.pk)

    def make_body(self, form: TaskForm) -> Values:
        return nest(form.values)

    def call_route(self, form: TaskForm, body: Values) -> Answer:
        """Keep what was missing, and issue the invoice or, before its user has seen it, say what it would be."""
        details = {part: body.pop(part, {}) for part in (SHOP, BUYER)}
        is_seen = SEEN in self.request.POST

        @atomic
        def issue() -> Answer:
            answer = self.keep(details, body) or self.issue(form, body, is_seen)
            if not (is_seen and answer.is_success) or answer.is_replayed:
                transaction.set_rollback(True)
            return answer

        answer = issue()
        self.answer = None if is_seen else answer
        return answer if answer.is_success else self.describe(answer)

    def issue(self, form: TaskForm, body: Values, is_seen: bool) -> Answer:
        options: Any = {"key": form.key} if is_seen else {"query": {"dry_run": "true"}}
        return call_api(self.request, self.route, body, **options, **self.kwargs)

    def keep(self, details: dict[str, Values], body: Values) -> Answer | None:
        """Keep what was missing, and name a new customer in the body. Return the answer that refuses it, or None."""
        kept, buyer = details[SHOP], details[BUYER]
        if invoice := self.find_invoice():  # the form was sent before
            body["customer"] = invoice.customer_id
            return None
        if kept:
            answer = call_api(self.request, "account", kept, method="PUT", read=dict.fromkeys(kept, ""))
            if not answer.is_success:
                return name_part(SHOP, answer)
        known = self.customer.pk if self.customer else body.get("customer")
        body |= {"customer": known} if known else {}
        if not buyer:
            return None
        if known and "name" in buyer and not self.customer:
            return refuse({"customer": [gettext("Choose a customer, or write a new one: not both.")]})
        read = dict.fromkeys(buyer, "") if self.customer else None
        answer = (
            call_api(self.request, "customer-detail", buyer, method="PATCH", read=read, pk=known)
            if known else call_api(self.request, "customer-list", buyer)
        )  # fmt: skip
        if not answer.is_success:
            return name_part(BUYER, answer)
        body["customer"] = answer.data["id"]
        return None

    def describe(self, answer: Answer) -> Answer:
        """Return the refusal in words for people, with what to do."""
        data, code = answer.data, get_error_code(answer.data)
        if code == InvoiceIncomplete.code:
            return refuse(self.place_missing(data["missing"]))
        if code == RateMissing.code:
            return refuse({"detail": " ".join(self.explain_rates())})
        if code == CustomerDiffers.code:
            name = CUSTOMERS.find_name(self.user, str(data["customer"]))
            return refuse({"detail": fill(ANOTHER, name=name)})
        return answer

    def place_missing(self, missing: list[str]) -> Values:
        """Return an error for each field of what is missing, and a sentence about the others."""
        names = [name.replace("customer.", f"{BUYER}.") for name in missing]
        errors: Values = {"customer": [gettext(WHO)]} if "customer" in names else {}
        fields = [name for name in names if name in self.own_fields and "." in name]
        errors |= nest({name: [gettext(MISSING)] for name in fields})
        rest = [name for name in names if name not in (*fields, "customer")]
        return {**errors, **({"detail": [self.ask_owner(rest)]} if rest else {})}

    def ask_owner(self, names: list[str]) -> str:
        """Return who can add these settings to those of the shop."""
        labels = [gettext(find_label(User, name.rpartition(".")[2])) for name in names]
        return fill(ASK_OWNER, names=", ".join(labels), owner=self.shop.leader.username)

    def explain_rates(self) -> list[str]:
        """Return what to do about the goods without VAT of which nothing says why."""
        unrated = [line.name for line in self.sold if not line.has_rate and not self.shop.exempt_reason]
        unclear = [line.name for line in self.sold if line.key[0] is None]
        if unrated and not self.may_change_shop:
            return [self.ask_owner(["exempt_reason"])]
        said = [(NO_RATE, unrated), (NOT_CHOSEN, unclear)]
        return [fill(text, products=list_first([*dict.fromkeys(names)])) for text, names in said if names]

    def finish(self, form: TaskForm, answer: Answer) -> HttpResponse:
        return self.show(form) if self.answer else super().finish(form, answer)

    def get_context(self, form: TaskForm) -> Values:
        """Return what the invoice would say, and otherwise why it can't be issued whatever the form says."""
        if self.answer is None:
            self.answer = self.issue(form, {}, is_seen=False)
        code, refused = get_error_code(self.answer.data), list[str]()
        shown = [name for name in self.lacks if not self.may_change_shop]
        if code in (NothingToInvoice.code, Invoiced.code):
            refused = [self.answer.data["detail"]]
        elif shown:
            refused = [self.ask_owner(shown)]
        elif code == RateMissing.code or (code == InvoiceIncomplete.code and "exempt_reason" in self.lacks):
            refused = self.explain_rates()
        is_offered = code not in (NothingToInvoice.code, Invoiced.code) and not shown
        paper = make_paper(self.answer.data, Display.of(self.user)) if self.answer.is_success else None
        return {
            "sale": self.sale,
            "paper": paper,
            "refused": refused,
            "is_offered": is_offered,
            "button": self.button,
        }

    def say(self, form: TaskForm, data: Any) -> str:
        return fill("Issued invoice {number}.", number=data["number"])

    def find_undo(self, data: Any) -> str:
        """Return no address: nothing undoes an invoice."""
        return ""

    def find_next(self, data: Any) -> str:
        return reverse("invoice-detail", args=[data["id"]])


def refuse(errors: Values) -> Answer:
    return Answer(JsonResponse(errors, status=400))


def name_part(part: str, answer: Answer) -> Answer:
    """Return the refusal of what is kept, whose fields have the name of the part before their own."""
    return answer if "detail" in answer.data else refuse({part: answer.data})
