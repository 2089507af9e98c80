"""The page of the import.

People choose a file, check how it is read, choose columns, correct it, import it, and undo it.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext, ngettext

from core.fields import MAX_QUOTED_LENGTH
from core.files.csv_text import format_line
from core.files.shown_cells import parse_column_letters
from core.pages.browsable import BrowsableAPI
from core.pages.columns import Display, PageColumn
from core.pages.tables import DetailPage, TablePage, TableSection
from core.sentences import fill, write_number
from core.translation import gettext_noop as _
from products.column_names import normalize_column_name, parse_mapping, suggest_column
from products.columns import PLACE_COLUMN_NAMES, TEMPLATE_COLUMN_NAMES
from products.errors import NO_LOCATION, NO_SUPPLIER, InvalidFile, InvalidRows
from products.product_files import MAX_ROWS

NAMES = ("id", *TEMPLATE_COLUMN_NAMES, "stock_sequence", *PLACE_COLUMN_NAMES)
CHOICES = [(name, "SKU" if name == "sku" else name.replace("_", " ").capitalize()) for name in NAMES]
IGNORED, UNKNOWN = "-", "?"
STATUSES_WITH_PAGE = (200, 400, 405)
READ_METHODS = ("GET", "HEAD")
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
REFUSED_IMPORT = DetailPage(
    lambda row: row["file_name"] or PAGE_TITLE,
    REFUSED_COLUMNS,
    sections=(TableSection("refused", "What is wrong", REFUSED_LINES, empty="", is_optional=True),),
)
LAST_REFUSED = TableSection("refused", "Refused imports", REFUSED_COLUMNS, empty="", is_optional=True)


class ImportPage(BrowsableAPI):
    """The page of the browsable API. It shows the import's form and result above the response for developers."""

    template = "products/import.html"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        """Return the page. A GET of the route is a 405 for programs, but people get a page with the form."""
        page = super().render(data, accepted_media_type, renderer_context)
        response = renderer_context["response"]
        if response.status_code == 405 and renderer_context["request"].method in READ_METHODS:
            response.status_code = 200
        return page

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        request, status_code = context["request"], context["response"].status_code
        if status_code not in STATUSES_WITH_PAGE or request.method not in ("GET", "POST"):
            return context
        context |= {
            "name": gettext("Import products"),
            "max_rows": write_number(MAX_ROWS),
            "may_import": bool(context.get("post_form")),
        }
        body = request.data if request.method == "POST" else {}
        mapping = str(request.query_params.get("columns") or body.get("columns", ""))
        result = ImportResult.of(data, mapping) if request.method == "POST" else None
        refused = {"refused": context["view"].list_refused() if context["may_import"] else []}
        context["refused"] = LAST_REFUSED.table(context["view"], refused, Display.of(request.user))
        return context | {"mapping": mapping, "result": result, "shows_import": True}


@dataclass(frozen=True)
class PreviewCell:
    text: str
    value: str | None
    error: str = ""

    @property
    def is_changed(self) -> bool:
        """Return whether the value differs from the cell. A text that the preview has cut does not differ."""
        is_cut = len(self.text) == MAX_QUOTED_LENGTH and (self.value or "").startswith(self.text)
        return bool(self.value) and self.value != self.text and not is_cut


@dataclass(frozen=True)
class ColumnChoice:
    """A column of the file: its letter and name, and the chosen column of a product, or IGNORED or UNKNOWN."""

    letter: str
    name: str
    chosen: str
    is_repeated: bool

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(name, gettext(title)) for name, title in CHOICES]

    @property
    def title(self) -> str:
        return self.name or fill("column {letter}, which has no name", letter=self.letter)

    @property
    def is_open(self) -> bool:
        return self.chosen == UNKNOWN or self.is_repeated


@dataclass(frozen=True)
class ImportResult:
    data: dict[str, Any]
    columns: list[ColumnChoice]
    rows: list[tuple[int, list[PreviewCell]]]
    messages: list[str]

    @classmethod
    def of(cls, data: Any, mapping: str) -> "ImportResult":
        """Return the result of a response, which has counts, or a refusal with or without a preview."""
        body = data if isinstance(data, dict) else {}
        header = body.get("columns", []) if "preview" in body else []
        names = [each["column"] for each in header]
        columns = [
            ColumnChoice(
                each["letter"], each["name"], describe_choice(each, mapping), names.count(each["column"] or "") > 1
            )
            for each in header
        ]
        reasons = {(row["line"], row["column"]): row["reason"] for row in body.get("rows", [])}
        rows = [(row["line"], build_cells(row, names, reasons)) for row in body.get("preview", [])]
        return cls(body, columns, rows, list_messages(body, columns))

    @property
    def unknown_count(self) -> int:
        return sum(column.chosen == UNKNOWN for column in self.columns)

    @property
    def is_dry_run(self) -> bool:
        return bool(self.data.get("dry_run"))

    @property
    def is_imported(self) -> bool:
        return self.data.get("dry_run") is False

    @property
    def row_count(self) -> int:
        return sum(self.data.get(name, 0) for name in ("created", "updated", "unchanged"))

    @property
    def wrong_rows(self) -> list[dict[str, Any]]:
        """Return the errors. `heading` is the name of the column in the file."""
        headings = {column.chosen: column.name for column in self.columns}
        rows = [row for row in self.data.get("rows", []) if not is_missing(row)]
        return [{**row, "heading": headings.get(row["column"], row["column"])} for row in rows]

    @property
    def missing(self) -> list[str]:
        """Return the suppliers and locations that the shop does not have, each once."""
        rows = filter(is_missing, self.data.get("rows", []))
        return list(dict.fromkeys(row["cell"] for row in rows))

    @property
    def errors_address(self) -> str:
        """Return the address of the errors as a CSV file. It is a data URL, which contains the file."""
        lines: list[tuple[Any, ...]] = [tuple(map(gettext, ("line", "column", "cell", "reason")))]
        lines += [(row["line"], row["heading"], row["cell"], row["reason"]) for row in self.wrong_rows]
        text = "\ufeff" + "".join(map(format_line, lines))
        return f"data:text/csv;charset=utf-8,{quote(text)}"


def is_missing(row: dict[str, Any]) -> bool:
    """Return whether the row of an error names a supplier or location that the shop does not have."""
    return row["reason"] in (gettext(NO_SUPPLIER), gettext(NO_LOCATION))


def build_cells(row: dict[str, Any], names: list[str | None], reasons: dict[tuple[int, str], str]) -> list[PreviewCell]:
    cells = []
    for name, text in zip(names, row["cells"], strict=False):
        error = reasons.get((row["line"], name), "") if name else ""
        cells.append(PreviewCell(text, row["values"].get(name) if name else None, error))
    return cells


def describe_choice(column: dict[str, Any], mapping: str) -> str:
    """Return the column that the chooser shows as chosen."""
    if column["column"]:
        return str(column["column"])
    try:
        targets = parse_mapping(mapping)
    except InvalidFile:
        targets = {}
    places = {normalize_column_name(column["name"]), parse_column_letters(column["letter"]) - 1}
    return IGNORED if places & targets.keys() or not column["name"] else UNKNOWN


def list_messages(body: dict[str, Any], columns: list[ColumnChoice]) -> list[str]:
    """Return the messages of a refusal and its fields, in the words of the page."""
    if unknown := [column for column in columns if column.chosen == UNKNOWN]:
        names = ", ".join(f"{column.name} ({column.letter})" for column in unknown)
        known = [column.chosen for column in columns]
        suggestions = filter(None, (suggest_column(column.name, known) for column in unknown))
        return [fill("Choose below what to do with: {names}.", names=names), *suggestions]
    if repeated := [f"{column.name} ({column.letter})" for column in columns if column.is_repeated]:
        said = gettext("Several columns have the same meaning: {names}. Choose below which one to import.")
        return [said.format(names=", ".join(repeated))]
    if body.get("code") == InvalidRows.code:
        said = ngettext(
            "{number} wrong cell or line. Nothing was imported.",
            "{number} wrong cells or lines. Nothing was imported.",
            body["total"],
        )
        return [said.format(number=body["total"])]
    if "detail" in body:
        return [str(body["detail"])]
    if "created" in body:
        return []
    return [
        f"{'' if name == 'file' else f'{name}: '}{message}"
        for name, messages in body.items() for message in (messages if isinstance(messages, list) else [messages])
    ]  # fmt: skip
