"""The page of the import of a small table: its questions, what is wrong, and what it creates or changes."""

from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.columns import Display, PageColumn
from core.pages.import_page import ImportPage, list_messages
from core.pages.links import link_to_file
from core.pages.tables import TableSection
from core.sentences import fill
from core.translation import gettext_noop as _
from products.filing.pages.columns_page import list_questions, read_answers

CHANGES = {"created": _("new"), "updated": _("changed")}
LINE = PageColumn("line", "Line", kind="number")
CHANGE = PageColumn("change", "Change", write=lambda row: gettext(CHANGES[row["change"]]))


class ImportTablePage(ImportPage):
    """The page of the import of a small table."""

    template = "products/import_table.html"
    title: ClassVar[str]
    about: ClassVar[str]  # says what the file has; `{max_rows}` stands for the most rows
    docs: ClassVar[str]
    list_route: ClassVar[str]
    labels: ClassVar[dict[str, str]]  # the titles of the columns of the file
    written: ClassVar[TableSection]  # the table of what is created or changed

    def describe(self, context: dict[str, Any], body: dict[str, Any] | None) -> dict[str, Any]:
        view, display = context["view"], Display.of(context["request"].user)
        status_code, answered = context["response"].status_code, read_answers(context["request"])
        rows = {"rows": [], self.written.field: [], **(body or {})}
        questions = [question | {"other": ""} for question in list_questions(body or {}, answered, [])]
        return {
            "name": gettext(self.title),
            "about": fill(self.about, max_rows=context["max_rows"]),
            "docs": self.docs,
            "list_address": link_to_file(reverse(self.list_route)),
            "result": body if status_code == 200 else None,
            "answered": answered,
            "asked": {"questions": questions},
            "messages_of_file": list_messages(body) if body and status_code == 400 and not questions else [],
            "tables": [table.table(view, rows, display) for table in (self.describe_wrong_rows(), self.written)],
        }

    def describe_wrong_rows(self) -> TableSection:
        columns = (
            LINE,
            PageColumn("column", "Column", write=lambda row: gettext(self.labels.get(row["column"], ""))),
            PageColumn("cell", "Cell"),
            PageColumn("reason", "What to do"),
        )
        return TableSection("rows", "What is wrong", columns, empty="", is_optional=True)
