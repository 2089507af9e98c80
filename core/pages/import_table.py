"""The page of the import of a small table: people choose a file, check it, and import it."""

from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.browsable import BrowsableAPI
from core.pages.columns import Display, PageColumn
from core.pages.links import link_to_file
from core.pages.mixin import make_form_key
from core.pages.tables import TableSection
from core.pages.wording import reword
from core.sentences import fill, write_number
from core.translation import gettext_noop as _

STATUSES_WITH_PAGE = (200, 400, 405)
CHANGES = {"created": _("new"), "updated": _("changed")}
LINE = PageColumn("line", "Line", kind="number")
CHANGE = PageColumn("change", "Change", write=lambda row: gettext(CHANGES[row["change"]]))


class ImportTablePage(BrowsableAPI):
    """The page of the browsable API. It shows the form and the result above the response for developers."""

    template = "pages/import_table.html"
    title: ClassVar[str]
    about: ClassVar[str]  # says what the file has; `{max_rows}` stands for the most rows
    docs: ClassVar[str]
    list_route: ClassVar[str]
    max_rows: ClassVar[int]
    labels: ClassVar[dict[str, str]]  # the titles of the columns of the file
    written: ClassVar[TableSection]  # the table of what is created or changed

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        request, status_code, view = context["request"], context["response"].status_code, context["view"]
        if status_code not in STATUSES_WITH_PAGE or request.method not in ("GET", "POST"):
            return context
        body = data if request.method == "POST" and isinstance(data, dict) else {}
        display = Display.of(request.user)
        rows = {"rows": [], self.written.field: [], **body}
        return context | {
            "name": gettext(self.title),
            "shows_import": True,
            "may_import": self.may_send(view, request, "POST"),
            "about": fill(self.about, max_rows=write_number(self.max_rows)),
            "docs": self.docs,
            "list_address": link_to_file(reverse(self.list_route)),
            "form_key": make_form_key(),
            "result": body if status_code == 200 else None,
            "messages_of_file": list_messages(body) if status_code == 400 else [],
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


def list_messages(body: dict[str, Any]) -> list[str]:
    """Return the messages of a refusal, in the words of the page."""
    if "detail" in body:
        return [reword(body["detail"])]
    return [message for messages in body.values() if isinstance(messages, list) for message in messages]
