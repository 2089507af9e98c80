"""The pages of price lists: people choose a file, see old and new prices, take the list, and undo it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.pages import import_page
from core.pages.columns import Display, PageColumn, columns_of, number_column
from core.pages.links import Action, Verb, link_to_file, link_to_files
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill, fill_plural, write_number
from core.translation import gettext_noop as _
from products.filing.columns import LABELS, LIST_LABELS
from products.filing.errors import InvalidRows
from products.filing.pages.import_page import ImportFilePage, describe_reading
from products.filing.price_lists import READ
from products.filing.states import SKIP
from stock.pages import NAMED
from trade.purchasing.price_lists.errors import PricePerUnknown
from trade.purchasing.price_lists.models import PriceList, PricePer

TITLES = {name: (LABELS | LIST_LABELS)[name] for name in READ} | {"price": _("Recommended price")}
FIELDS = {"cost_price": _("Cost price"), **{name: TITLES[name] for name in ("supplier_sku", "pack_size")}} | LIST_LABELS
PER = {PricePer.UNIT.value: _("of one unit"), PricePer.PACK.value: _("of a pack")}
NO_YES = {"false": _("No"), "true": _("Yes")}
list_column = columns_of(PriceList)
SHOWN = (
    list_column("created_at", kind="moment"),
    list_column("file_name"),
    list_column("made_by_username"),
    *(list_column(name, kind="number") for name in ("changed", "unknown", "missing")),
    list_column("undone_at", kind="moment"),
)
CHANGES = TablePage(
    (
        number_column("line", "Line"),
        NAMED,
        PageColumn("field", "Field", write=lambda row: gettext(FIELDS[row["field"]])),
        PageColumn("old", "Old"),
        PageColumn("new", "New"),
    ),
    empty=_("This list has changed nothing."),
    title=lambda _rows: gettext("What the price list has changed"),
)


def address_of(row: Any, page: str = "price-list-detail") -> str:
    return reverse(page, args=[row["supplier"], row["number"]])


def say_undone(row: Any) -> str:
    """Return what was set back, and what stays."""
    said = fill_plural("{number} value set back.", "{number} values set back.", row["undone"])
    if row["kept_total"]:
        said += " " + fill_plural(
            "{number} was changed since and stays.", "{number} were changed since and stay.", row["kept_total"]
        )
    return said


VERBS = {"undo": Verb(_("Undo the price list"), "Undo", say=say_undone)}
PRICE_LIST = DetailPage(
    lambda row: fill("Price list {number}", number=row["number"]),
    SHOWN,
    actions=(
        Action("What it has changed", lambda row: address_of(row, "price-list-changed"), style="primary"),
        Action(
            "Rows that no product has",
            lambda row: link_to_file(address_of(row, "price-list-unknown")) if row["unknown"] else "",
        ),
        Action(
            "All price lists of the supplier", lambda row: reverse("price-list-list", args=[row["supplier"]]),
        ),
    ),
)  # fmt: skip


class PriceListPage(ImportFilePage):
    """The page of the price lists of a supplier: the form, what a file would change, and the earlier lists."""

    template = "purchasing/price_list.html"

    def describe(self, context: dict[str, Any], body: dict[str, Any] | None) -> dict[str, Any]:
        view = context["view"]
        lists = [list_row(row) for row in view.get_queryset()[:MAX_LISTS]]
        return super().describe(context, body) | {
            "name": fill("Price list of {supplier}", supplier=view.supplier.name),
            "earlier": EARLIER.table(view, {"lists": lists}, Display.of(context["request"].user)),
        }

    def describe_result(self, request: Any, body: dict[str, Any], answered: dict[str, str]) -> dict[str, Any]:
        """Return the variables that show a response: what changes, or why the file is refused."""
        read, totals = describe_reading(request.user, body, answered, {}, TITLES), body.get("totals", {})
        is_taken = read["is_imported"]
        return read | {
            "totals": totals,
            "messages": list_messages(body),
            "choices": [*list_choices(body, totals, request.data)],
            "changes": [row | {"title": gettext(FIELDS[row["field"]])} for row in body.get("changed", [])],
            "left_out": ", ".join(one["column"] for one in body.get("left_out", [])),
            "files_of_unknown": link_to_files(body["unknown_file"]) if body.get("unknown_file") else {},
            "undo_address": address_of(body, "price-list-undo") if is_taken else "",
            "list_address": address_of(body) if is_taken else "",
        }


MAX_LISTS = 20
EARLIER = TableSection(
    "lists", "Earlier lists",
    (
        number_column("number", "List"),
        *SHOWN,
    ),
    empty="", is_optional=True,
)  # fmt: skip


def list_row(row: PriceList) -> dict[str, Any]:
    names = ("number", "file_name", "made_by_username", "created_at", "undone_at", "changed", "unknown", "missing")
    return {name: getattr(row, name) for name in names} | {"supplier": row.supplier_id}


def list_messages(body: dict[str, Any]) -> list[str]:
    """Return the messages of a refusal, in the words of the page."""
    if body.get("code") == PricePerUnknown.code:
        said = gettext(
            "Say below whether the prices are those of a unit or of a pack. For example line {line}: {name},"
            " {price}, pack of {pack_size}."
        )
        return [said.format(**body["example"])]
    if body.get("code") == InvalidRows.code:
        return [
            fill_plural(
                "{number} wrong cell or line. Nothing was taken.",
                "{number} wrong cells or lines. Nothing was taken.",
                body["total"],
            )
        ]
    return [] if "totals" in body else import_page.list_messages(body)


def list_choices(body: dict[str, Any], totals: dict[str, int], sent: Any) -> Any:
    """Yield the choices that matter for this file, each with its options and the value that was sent."""
    is_asked = body.get("code") == PricePerUnknown.code
    if is_asked or body.get("price_per"):
        options = ({"": _("Choose …")} if is_asked else {}) | PER
        yield make_choice("price_per", _("The prices are"), options, body.get("price_per") or "")
    if totals.get("doubtful"):
        options = {
            "refuse": _("Leave out their rows"), "leave": _("Keep the present prices"), "take": _("Take these prices"),
        }  # fmt: skip
        title = _("Prices of ten times or a tenth of the present ones")
        yield make_choice("doubtful", title, options, sent.get("doubtful") or "refuse", totals["doubtful"])
    for name, title, number in (
        ("create_offers", _("Products that this supplier has not offered so far: add its offers"), "not_offered"),
        ("create_missing", _("Rows that no product has: add products"), "unknown"),
    ):
        chosen = sent.get(name) or "false"
        if totals.get(number) or chosen == "true":
            yield make_choice(name, title, NO_YES, chosen, totals.get(number, 0))
    if body.get("code") == InvalidRows.code or body.get("refused"):
        options = {"refuse": _("Refuse the file"), SKIP: _("Take the other rows")}
        yield make_choice("wrong_rows", _("Wrong rows"), options, sent.get("wrong_rows") or "refuse")


def make_choice(name: str, title: str, options: dict[str, str], value: str, number: int = 0) -> dict[str, Any]:
    said = gettext(title)
    return {
        "name": name, "title": f"{said} ({write_number(number)})" if number else said, "value": value,
        "options": [(key, gettext(text)) for key, text in options.items()],
    }  # fmt: skip
