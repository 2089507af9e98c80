"""The page of an import: people choose a file, check it, and import it."""

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


class ImportPage(BrowsableAPI):
    """The page of the browsable API. It shows the form and the result above the response for developers.

    The templates of subclasses extend pages/import.html.
    """

    max_rows: ClassVar[int]

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        request, view = context["request"], context["view"]
        if context["response"].status_code not in STATUSES_WITH_PAGE or request.method not in ("GET", "POST"):
            return context
        context |= {
            "shows_import": True,
            "may_import": self.may_send(view, request, "POST"),
            "form_key": make_form_key(),
            "max_rows": write_number(self.max_rows),
        }
        sent = (data if isinstance(data, dict) else {}) if request.method == "POST" else None
        return context | self.describe(context, sent)

    def describe(self, context: dict[str, Any], body: dict[str, Any] | None) -> dict[str, Any]:
        """Return what else the template needs. `body` is the response to a file, None if no file was sent."""
        raise NotImplementedError


class ImportTablePage(ImportPage):
    """The page of the import of a small table."""

    template = "pages/import_table.html"
    title: ClassVar[str]
    about: ClassVar[str]  # says what the file has; `{max_rows}` stands for the most rows
    docs: ClassVar[str]
    list_route: ClassVar[str]
    labels: ClassVar[dict[str, str]]  # the titles of the columns of the file
    written: ClassVar[TableSection]  # the table of what is created or changed

    def describe(self, context: dict[str, Any], body: dict[str, Any] | None) -> dict[str, Any]:
        view, display = context["view"], Display.of(context["request"].user)
        status_code = context["response"].status_code
        rows = {"rows": [], self.written.field: [], **(body or {})}
        return {
            "name": gettext(self.title),
            "about": fill(self.about, max_rows=context["max_rows"]),
            "docs": self.docs,
            "list_address": link_to_file(reverse(self.list_route)),
            "result": body if status_code == 200 else None,
            "messages_of_file": list_messages(body) if body and status_code == 400 else [],
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
