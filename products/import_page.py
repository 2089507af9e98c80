"""The page of the import.

People choose a file, check how it is read, choose columns, correct it, import it, and undo it.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.urls import reverse
from django.utils.translation import gettext

from core.fields import MAX_QUOTED_LENGTH
from core.files.csv_text import format_lines
from core.files.shown_cells import parse_column_letters
from core.http.table_files import get_dialect
from core.pages.browsable import BrowsableAPI
from core.pages.columns import Display, PageColumn, Row
from core.pages.links import Action, link_to_file, link_to_files
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill, fill_plural, write_number
from core.translation import gettext_noop as _
from products.column_names import Mapping, normalize_column_name, parse_mapping, suggest_column
from products.columns import FIELD
from products.errors import NO_LOCATION, NO_SUPPLIER, InvalidFile, InvalidRows
from products.import_result_page import (
    ROLES,
    TITLES,
    count_lines,
    count_products,
    describe_changes,
    describe_choices,
    describe_conflicts,
    describe_file,
    is_kept,
    list_also_created,
    list_kept,
    list_left_out,
)
from products.product_files import MAX_ROWS
from products.profile_models import CustomField
from products.profiles import read_own_fields

IGNORED, UNKNOWN = "-", "?"
STATUSES_WITH_PAGE = (200, 400, 405)
PAGE_TITLE = "Import products"
MAX_REFUSED_SHOWN = 5
REFUSED_COLUMNS = (
    PageColumn("timestamp", "When", kind="moment", page="refused-import-detail"),
    PageColumn("file_name", "File"),
    PageColumn("performed_by_username", "Who"),
    PageColumn("rows", "Rows", kind="number"),
    PageColumn("detail", "Why"),
)
REFUSED_IMPORTS = TablePage(REFUSED_COLUMNS, empty=_("No import was refused in the last 90 days."))
REFUSED_LINES = (
    PageColumn("line", "Line", kind="number"), PageColumn("column", "Column"), PageColumn("cell", "Cell"),
    PageColumn("reason", "What to do"),
)  # fmt: skip


def link_to_rows(file_format: str) -> Callable[[Row], str]:
    """Return a function that returns the address of the rows which an import has left out, or "" without any."""
    return lambda row: link_to_file(row["file"], file_format) if row["file"] else ""


REFUSED_IMPORT = DetailPage(
    lambda row: row["file_name"] or PAGE_TITLE,
    REFUSED_COLUMNS,
    sections=(TableSection("refused", "What is wrong", REFUSED_LINES, empty="", is_optional=True),),
    actions=(
        Action("Save these rows, to correct and import them", link_to_rows("xlsx"), style="primary"),
        Action("CSV", link_to_rows("csv")),
    ),
)
LAST_REFUSED = TableSection("refused", "Refused imports", REFUSED_COLUMNS, empty="", is_optional=True)


class ImportPage(BrowsableAPI):
    """The page of the browsable API. It shows the import's form and result above the response for developers."""

    template = "products/import.html"

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        request, status_code = context["request"], context["response"].status_code
        if status_code not in STATUSES_WITH_PAGE or request.method not in ("GET", "POST"):
            return context
        context |= {
            "name": gettext("Import products"),
            "max_rows": write_number(MAX_ROWS),
            "template_address": link_to_file(reverse("product-import-template")),
            "export_address": link_to_file(reverse("product-export")),
            "may_import": bool(context.get("post_form")),
        }
        body = request.data if request.method == "POST" else {}
        mapping = str(request.query_params.get("columns") or body.get("columns", ""))
        result = None
        if request.method == "POST":
            own = read_own_fields(request.user.account_id or 0)
            result = describe_result(data, mapping, own, get_dialect(request.user))
        refused = {"refused": context["view"].list_refused() if context["may_import"] else []}
        context["refused"] = LAST_REFUSED.table(context["view"], refused, Display.of(request.user))
        return context | {"mapping": mapping, "result": result, "shows_import": True}


def describe_result(data: Any, mapping: str, own: dict[str, CustomField], dialect: str) -> dict[str, Any]:
    """Return the variables that show a response: the counts of an import, or a refusal with or without a preview."""
    body = data if isinstance(data, dict) else {}
    system = (body.get("recognised") or {}).get("system") or ""
    columns = describe_columns(body.get("columns", []) if "preview" in body else [], mapping, own, system)
    headings = {column["chosen"]: column["name"] for column in columns}  # the names of the columns in the file
    left_out = body.get("refused") or {}
    errors, missing = body.get("rows") or left_out.get("rows", []), {gettext(NO_SUPPLIER), gettext(NO_LOCATION)}
    wrong = [
        {**row, "heading": headings.get(row["column"], row["column"])} for row in errors if row["reason"] not in missing
    ]
    wrong_total = body.get("total", 0) - len(errors) + len(wrong)  # without suppliers and locations that are missing
    is_cut = body.get("total", 0) > len(errors) or len(errors) == InvalidRows.MAX_ROWS_LISTED
    reasons = {(row["line"], row["column"]): row["reason"] for row in errors}
    return {
        "data": body,
        "messages": list_messages(body, columns, wrong_total),
        "columns": columns,
        "unknown_count": sum(column["chosen"] == UNKNOWN for column in columns),
        "rows": [(row["line"], describe_cells(row, columns, reasons)) for row in body.get("preview", [])],
        "is_dry_run": bool(body.get("dry_run")),
        "is_imported": body.get("dry_run") is False,
        "product_count": count_products(body),
        "sentence": describe_file(body),
        "choices": describe_choices(body, count_lines(wrong)),
        "also_created": list_also_created(body),
        "kept": list_kept(body),
        "left_out": list_left_out(body),
        "changes": describe_changes(body, own),
        "conflicts": describe_conflicts(body, own),
        "rows_left_out": left_out.get("total", 0),
        "files_of_rows": link_to_files(reverse("refused-import-file", args=[left_out["id"]]))
        if left_out.get("id")
        else {},
        "hides_columns": bool(system) and not any(column["is_open"] for column in columns),
        "wrong_rows": wrong,
        "wrong_total": wrong_total,
        # The suppliers and locations that the shop does not have, each once.
        "missing": list(dict.fromkeys(row["cell"] for row in errors if row["reason"] in missing)),
        "is_cut": is_cut,  # whether the list has only the first errors
        "errors_address": write_errors(wrong, dialect),
    }


def describe_columns(
    header: list[dict[str, Any]], mapping: str, own: dict[str, CustomField], system: str
) -> list[dict[str, Any]]:
    """Return the columns of the file with their choices. `chosen` is a column of products, IGNORED or UNKNOWN.

    `own` has the shop's own fields by key. `role` is what a column without choices is in the file of the `system`.
    """
    names, targets = [each["column"] for each in header], read_targets(mapping)
    choices = [(name, gettext(title)) for name, title in TITLES.items()]
    choices += [(f"{FIELD}:{key}", field.label) for key, field in own.items()]
    known = {name for name, _title in choices}
    choices += [(each["column"], each["name"]) for each in header if each["column"] and each["column"] not in known]
    columns = []
    for each in header:
        key = normalize_column_name(each["name"])
        is_mapped = bool({key, parse_column_letters(each["letter"]) - 1} & targets.keys())
        is_left = is_mapped or not each["name"] or each["role"] == "left"
        role = gettext(ROLES[each["role"]]) if each["role"] in ROLES else ""
        chosen = each["column"] or (IGNORED if is_left or role else UNKNOWN)
        is_repeated = names.count(each["column"] or "") > 1
        title = each["name"] or fill("column {letter}, which has no name", letter=each["letter"])
        shown = {"chosen": chosen, "is_repeated": is_repeated, "is_open": chosen == UNKNOWN or is_repeated}
        # The page does not send what these columns mean, because the user has not chosen it: the import may still ask
        # about ids, and reads unknown columns and those of other systems by its own rules.
        is_new_field = is_kept(each) and each["column"] not in known
        is_id = key == "id" and chosen == "external_id"
        is_assumed = not is_mapped and (is_id or is_new_field or bool(system) or each["role"] == "left")
        columns.append({**each, **shown, "title": title, "choices": choices, "role": role, "is_assumed": is_assumed})
    return columns


def read_targets(mapping: str) -> Mapping:
    """Return the parameter `columns`. It is empty if it is malformed, for which the import is refused."""
    try:
        return parse_mapping(mapping)
    except InvalidFile:
        return {}


def describe_cells(
    row: dict[str, Any], columns: list[dict[str, Any]], reasons: dict[tuple[int, str], str]
) -> list[dict[str, Any]]:
    """Return the cells of a row with their values and errors.

    A value is changed if it differs from the cell. A text that the preview has cut does not differ.
    """
    cells = []
    for column, text in zip(columns, row["cells"], strict=False):
        name = column["column"]
        value, error = row["values"].get(name), reasons.get((row["line"], name), "") if name else ""
        is_cut = len(text) == MAX_QUOTED_LENGTH and (value or "").startswith(text)
        is_changed = bool(value) and value != text and not is_cut
        cells.append({"text": text, "value": value, "error": error, "is_changed": is_changed})
    return cells


def write_errors(rows: list[dict[str, Any]], dialect: str) -> str:
    """Return the address of the errors as a CSV file. It is a data URL, which contains the file."""
    lines: list[tuple[Any, ...]] = [tuple(map(gettext, ("line", "column", "cell", "reason")))]
    lines += [(row["line"], row["heading"], row["cell"], row["reason"]) for row in rows]
    text = "".join(format_lines(lines, dialect, is_marked=True))
    return f"data:text/csv;charset=utf-8,{quote(text)}"


def list_messages(body: dict[str, Any], columns: list[dict[str, Any]], wrong_total: int) -> list[str]:
    """Return the messages of a refusal and its fields, in the words of the page."""
    if unknown := [column for column in columns if column["chosen"] == UNKNOWN]:
        known = [column["chosen"] for column in columns]
        suggestions = filter(None, (column["question"] or suggest_column(column["name"], known) for column in unknown))
        return [fill("Choose below what to do with: {names}.", names=list_names(unknown)), *suggestions]
    if repeated := [column for column in columns if column["is_repeated"]]:
        said = gettext("Several columns have the same meaning: {names}. Choose below which one to import.")
        return [said.format(names=list_names(repeated))]
    if body.get("code") == InvalidRows.code and not wrong_total:
        return [gettext("Nothing was imported.")]
    if body.get("code") == InvalidRows.code:
        return [
            fill_plural(
                "{number} wrong cell or line. Nothing was imported.",
                "{number} wrong cells or lines. Nothing was imported.",
                wrong_total,
            )
        ]
    if "detail" in body:
        return [str(body["detail"])]
    if "created" in body:
        return []
    return [
        f"{'' if name == 'file' else f'{name}: '}{message}"
        for name, messages in body.items() for message in (messages if isinstance(messages, list) else [messages])
    ]  # fmt: skip


def list_names(columns: list[dict[str, Any]]) -> str:
    return ", ".join(f"{column['name']} ({column['letter']})" for column in columns)
