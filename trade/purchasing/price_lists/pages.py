"""The pages of price lists: people choose a file, see old and new prices, take the list, and undo it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.http.downloads import get_dialect
from core.pages.browsable import BrowsableAPI
from core.pages.columns import Display, PageColumn, columns_of
from core.pages.links import Action, Verb, link_to_file, link_to_files
from core.pages.mixin import make_form_key
from core.pages.tables import DetailPage, TablePage, TableSection
from core.pages.wording import reword
from core.sentences import fill, fill_plural, write_number
from core.translation import gettext_noop as _
from products.filing.columns import LABELS, LIST_LABELS, name_by_titles
from products.filing.errors import InvalidRows
from products.filing.files import MAX_ROWS
from products.filing.pages.columns_page import add_samples, describe_columns, list_questions, read_answers
from products.filing.pages.import_page import find_heading, group_errors, write_errors
from products.filing.price_lists import READ
from products.filing.states import SKIP
from trade.purchasing.price_lists.errors import PricePerUnknown
from trade.purchasing.price_lists.models import PriceList, PricePer

STATUSES_WITH_PAGE = (200, 400, 405)
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
        PageColumn("line", "Line", kind="number"),
        PageColumn("name", "Product", page="product-detail", id_field="product"),
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


class PriceListPage(BrowsableAPI):
    """The page of the price lists of a supplier: the form, what a file would change, and the earlier lists."""

    template = "purchasing/price_list.html"

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        request, view, status_code = context["request"], context["view"], context["response"].status_code
        if status_code not in STATUSES_WITH_PAGE or request.method not in ("GET", "POST"):
            return context
        answered, result = read_answers(request), None
        if request.method == "POST":
            with name_by_titles(is_page=True):
                result = describe_result(data, answered, request.data, get_dialect(request.user))
        lists = [list_row(row) for row in view.get_queryset()[:MAX_LISTS]]
        return context | {
            "name": fill("Price list of {supplier}", supplier=view.supplier.name),
            "supplier": view.supplier,
            "shows_list": True,
            "max_rows": write_number(MAX_ROWS),
            "may_take": self.may_send(view, request, "POST"),
            "form_key": make_form_key(),
            "answered": answered,
            "result": result,
            "earlier": EARLIER.table(view, {"lists": lists}, Display.of(request.user)),
        }


MAX_LISTS = 20
EARLIER = TableSection(
    "lists", "Earlier lists",
    (
        PageColumn("number", "List", kind="number"),
        *SHOWN,
    ),
    empty="", is_optional=True,
)  # fmt: skip


def list_row(row: PriceList) -> dict[str, Any]:
    names = ("number", "file_name", "made_by_username", "created_at", "undone_at", "changed", "unknown", "missing")
    return {name: getattr(row, name) for name in names} | {"supplier": row.supplier_id}


def describe_result(data: Any, answered: dict[str, str], sent: Any, dialect: str) -> dict[str, Any]:
    """Return the variables that show a response: what changes, or why the file is refused."""
    body = data if isinstance(data, dict) else {}
    columns = describe_columns(body, answered.get("columns", ""), {}, TITLES)
    add_samples(columns, body)
    left_out = body.get("refused") or {}
    errors = body.get("rows") or left_out.get("rows", [])
    wrong = [
        row | find_heading(row["column"], columns) | {"reason": reword(row["reason"])}
        for row in (errors if isinstance(errors, list) else [])
    ]
    totals, is_taken = body.get("totals", {}), body.get("dry_run") is False
    return {
        "data": body,
        "totals": totals,
        "questions": [*list_questions(body, answered)],
        "messages": list_messages(body),
        "columns": columns,
        "choices": [*list_choices(body, totals, sent)],
        "is_dry_run": bool(body.get("dry_run")),
        "is_taken": is_taken,
        "is_imported": is_taken,  # the template of columns reads it
        "changes": [write_change(row) for row in body.get("changed", [])],
        "left_out": ", ".join(one["column"] for one in body.get("left_out", [])),
        "wrong_rows": wrong,
        "wrong_total": body.get("total", len(wrong)),
        "wrong_groups": group_errors(wrong),
        "is_cut": len(wrong) == InvalidRows.MAX_ROWS_LISTED,
        "errors_address": write_errors(wrong, dialect),
        "rows_left_out": left_out.get("total", 0),
        "files_of_rows": link_to_files(reverse("refused-import-file", args=[left_out["id"]]))
        if left_out.get("id")
        else {},
        "files_of_unknown": link_to_files(body["unknown_file"]) if body.get("unknown_file") else {},
        "undo_address": address_of(body, "price-list-undo") if is_taken else "",
        "list_address": address_of(body) if is_taken else "",
    }


def write_change(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"title": gettext(FIELDS[row["field"]]), "is_rising": (row["percent"] or "-")[0] != "-"}


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
    if "detail" in body:
        return [reword(body["detail"])]
    if "totals" in body:
        return []
    return [message for messages in body.values() for message in (messages if isinstance(messages, list) else [])]


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
