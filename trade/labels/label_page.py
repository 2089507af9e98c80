"""The pages of labels and of scanned codes. Labels are of products that are typed, scanned or chosen in a list."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from core.http.calls import Answer, call_api
from core.kinds import CHOICE, FLAG, QUANTITY
from core.pages.cells import Fields
from core.pages.columns import PageColumn, Row, columns_of, mark_goods, moment_column, money_column, number_column
from core.pages.form_fields import Field
from core.pages.links import Action, link_to_row, link_to_task
from core.pages.parameters import Parameter
from core.pages.tables import DetailPage
from core.pages.tabs import Tab
from products.codes.reading.scanning import MATCHES
from products.look_ups import PRODUCTS
from products.models import CustomField, Group
from products.page_columns import show_stock
from stock.models import Operation
from trade.labels.drawing.labels import MAX_LABELS
from trade.selling.drafts import FoundGoods
from trade.selling.goods import list_kinds
from trade.selling.hooks import MadeHook
from users.access.permissions import may_send
from users.access.roles import Right
from users.pages import LABEL_CODE_TITLES, LABEL_SIZE_TITLES
from web.task_pages.book_page import WHICH
from web.task_pages.task_form import TaskForm
from web.task_pages.task_page import TaskPage

CODES = tuple((code, gettext_lazy(title)) for code, title in LABEL_CODE_TITLES.items())
OPTIONS = Field(gettext_lazy("Options of variants: M / red"), FLAG, is_rare=True)
PRODUCT = "product"
OWN = "fields."  # precedes the key of one of the shop's own fields


class LabelsPage(TaskPage):
    """Shows a sheet of labels. Nothing is booked, so the form may be sent again."""

    route = "labels"
    tab = Tab(behind="product-import")
    title = gettext_lazy("Labels")
    button = gettext_lazy("Show the sheet")
    is_plain = True
    columns = {
        "product": WHICH,
        "copies": Field(gettext_lazy("Labels"), QUANTITY, initial="1", is_number=True),
        "lot": Field(gettext_lazy("Lot"), is_rare=True),
    }
    fields = {
        "size": Field(gettext_lazy("Size in millimetres"), CHOICE, choices=tuple(LABEL_SIZE_TITLES.items())),
        "code": Field(gettext_lazy("Code"), CHOICE, choices=CODES),
    }

    @cached_property
    def own_fields(self) -> Fields:
        """Return the fields with the shop's choice, and one for each line that labels of the shop can also have."""
        shop = self.user.shop_owner
        chosen = {"size": shop.label_size, "code": shop.label_code}
        fields = {name: one.replace(initial=chosen[name]) for name, one in self.fields.items()}
        options = {"options": OPTIONS} if Group.objects.for_user(self.user).live().exists() else {}
        own = {
            f"{OWN}{one.key}": Field(one.label, FLAG, is_rare=True) for one in CustomField.objects.shown_to(self.user)
        }
        return self.select({**fields, **options, **own})

    def make_form(self) -> TaskForm:
        ids = self.list_chosen()
        if len(ids) < 2:
            return super().make_form()
        names = PRODUCTS.describe_all(self.user, ids)
        return self.fill_form(self.request.GET, [{"product": names[pk]} for pk in ids if pk in names])

    def make_body(self, form: TaskForm) -> dict[str, Any]:
        """Return the body, with the keys of the ticked fields as a list."""
        body = super().make_body(form)
        keys = [name.removeprefix(OWN) for name in [*body] if name.startswith(OWN) and body.pop(name)]
        return {**body, "fields": keys, "format": "html"}

    def finish(self, form: TaskForm, answer: Answer) -> HttpResponse:
        """Return the sheet. What the owner has chosen for it is the shop's choice from now on."""
        chosen = {f"label_{name}": form.texts[name] for name in self.fields}
        if may_send(self.user, "account", "PATCH") and any(
            getattr(self.user.shop_owner, name) != chosen[name] for name in chosen
        ):
            call_api(self.request, "account", chosen, method="PATCH")
        return answer.response


def link_scan_to(page: str) -> Callable[[Row], str]:
    """Return a function that returns the address of a task, whose form has the product, quantity and lot of a scan.

    It returns nothing for goods with parts.
    """

    def link(scan: Row) -> str:
        if not scan["product"]:
            return ""
        lot = {"lot": scan["lot"]["code"]} if scan["lot"] else {}
        return link_to_task(page, quantity=write_typed(scan), **lot)(scan["product"])

    return link


def link_to_sale(scan: Row) -> str:
    """Return the address of the form that sells what the scan names."""
    kind, row = find_goods(scan)
    if kind == PRODUCT:
        return link_scan_to("shop-sell")(scan)
    text = FoundGoods(kind, row["id"], row["name"], row["sku"], row["barcode"]).text
    return reverse("shop-sell", query={"product": text, "quantity": write_typed(scan)})


def link_to_goods(part: str) -> Callable[[Row], str]:
    """Return a function that returns the address of the product or the goods, or nothing if the scan has others."""
    return lambda scan: link_to_row(f"{part}-detail")(scan[part]) if scan[part] else ""


def find_goods(scan: Row) -> tuple[str, Row]:
    """Return the kind of the goods that the scan names, and their row."""
    return next((name, scan[name]) for name in (PRODUCT, *(kind.name for kind in list_kinds())) if scan[name])


def write_typed(scan: Row) -> str:
    """Return the quantity as forms read it, or an empty text, so that it has to be entered.

    A shop with a decimal comma could mean a thousand by 1.254, but not by 1.2540.
    """
    return f"{scan['amount']}0" if scan["amount"] else "" if scan["quantity"] is None else str(scan["quantity"])


def write_goods(scan: Row, quantity: int | None) -> str:
    return "" if quantity is None else format(mark_goods(find_goods(scan)[1], quantity), ",")


def write_stock(scan: Row) -> str:
    return write_goods(scan, show_stock(scan["product"])) if scan["product"] else ""


def count_wholes(scan: Row) -> int | None:
    """Return of how many goods with parts the parts are available."""
    kind, row = find_goods(scan)
    return None if kind == PRODUCT else row["available"]


def read_part(part: str, name: str) -> Callable[[Row], str]:
    """Return a function that returns this field of a part of the scan, or an empty text without the part."""
    return lambda scan: (scan[part] or {}).get(name) or ""


def link_to_last_out(scan: Row) -> str:
    return str(reverse("operation-detail", args=[scan["last_out"]["operation"]]))


def link_to_trace(scan: Row) -> str:
    return str(reverse("lot-trace", args=[scan["lot"]["id"]])) if scan["lot"] else ""


operation_column = columns_of(Operation)
SCAN = DetailPage(
    lambda scan: str(find_goods(scan)[1]["name"]),
    figures=(
        PageColumn("quantity", "Stands for", write=lambda scan: write_goods(scan, scan["quantity"])),
        money_column("total_price", "Price"),
        PageColumn("product", "In stock", write=write_stock),
        number_column("available", "Available", write=count_wholes),
    ),
    columns=(
        PageColumn("matched", "Found by", kind="words", codes=MATCHES),
        PageColumn("lot", "Lot", write=read_part("lot", "code")),
        moment_column("last_out", "Gone since", write=read_part("last_out", "occurred_at"), link=link_to_last_out),
        operation_column("reason", kind="words", write=read_part("last_out", "reason")),
        operation_column("reference", write=read_part("last_out", "reference")),
        PageColumn("gs1", "GTIN", write=read_part("gs1", "gtin")),
        PageColumn("gs1", "Lot on the label", write=read_part("gs1", "lot")),
        PageColumn("gs1", "Expires", kind="date", write=read_part("gs1", "expires_on")),
    ),
    actions=(
        Action("Sell", link_to_sale, style="primary", right=Right.WORK),
        Action("Receive", link_scan_to("shop-receive"), style="primary", right=Right.WORK),
        Action("Trace", link_to_trace, right=Right.READ),
        Action("Open the product", link_to_goods("product"), right=Right.READ),
        *(Action(kind.open_text, link_to_goods(kind.name), right=Right.READ) for kind in list_kinds()),
    ),
    parameters=(Parameter("code", hint="Scan or enter a code."),),
)


class LabelsOfMade(MadeHook):
    """A making links to the page that prints a label for each piece that it has made, of its lot."""

    def link_to_labels(self, operation: Row) -> str:
        if operation["made"] is None or operation["made"]["take_apart"]:
            return ""
        made = operation["movements"][-1]
        copies = 1 if made["amount"] else min(made["quantity"], MAX_LABELS)
        [lot] = [portion["lot_code"] for portion in made["portions"]] or [None]
        given = {"product": made["product"], "copies": copies, **({"lot": lot} if lot else {})}
        return reverse("shop-labels", query=given)
