"""The page of the import of kits: people choose a file, check it, and import it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from core.pages.browsable import BrowsableAPI
from core.pages.columns import Display, PageColumn
from core.pages.links import link_to_file
from core.pages.tables import TableSection
from core.pages.verbs import make_form_key
from core.pages.wording import reword
from core.sentences import write_number
from core.translation import gettext_noop as _
from trade.kits.files import LABELS, MAX_ROWS

STATUSES_WITH_PAGE = (200, 400, 405)
CHANGES = {"created": _("new"), "updated": _("changed")}
WRONG_ROWS = TableSection(
    "rows", "What is wrong",
    (
        PageColumn("line", "Line", kind="number"),
        PageColumn("column", "Column", write=lambda row: gettext(LABELS[row["column"]]) if row["column"] else ""),
        PageColumn("cell", "Cell"),
        PageColumn("reason", "What to do"),
    ),
    empty="", is_optional=True,
)  # fmt: skip
KITS = TableSection(
    "kits", "Kits",
    (
        PageColumn("line", "Line", kind="number"),
        PageColumn("name", "Kit", page="kit-detail", id_field="kit"),
        PageColumn("change", "Change", write=lambda row: gettext(CHANGES[row["change"]])),
    ),
    empty="", is_optional=True,
)  # fmt: skip


class ImportKitsPage(BrowsableAPI):
    """The page of the browsable API. It shows the form and the result above the response for developers."""

    template = "kits/import.html"

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(data, accepted_media_type, renderer_context)
        request, status_code, view = context["request"], context["response"].status_code, context["view"]
        if status_code not in STATUSES_WITH_PAGE or request.method not in ("GET", "POST"):
            return context
        body = data if request.method == "POST" and isinstance(data, dict) else {}
        display = Display.of(request.user)
        return context | {
            "name": gettext("Import kits"),
            "shows_import": True,
            "may_import": self.may_send(view, request, "POST"),
            "max_rows": write_number(MAX_ROWS),
            "list_address": link_to_file(reverse("kit-list")),
            "form_key": make_form_key(),
            "result": body if status_code == 200 else None,
            "messages_of_file": list_messages(body) if status_code == 400 else [],
            "tables": [table.table(view, {"rows": [], "kits": [], **body}, display) for table in (WRONG_ROWS, KITS)],
        }


def list_messages(body: dict[str, Any]) -> list[str]:
    """Return the messages of a refusal, in the words of the page."""
    if "detail" in body:
        return [reword(body["detail"])]
    return [message for messages in body.values() if isinstance(messages, list) for message in messages]
