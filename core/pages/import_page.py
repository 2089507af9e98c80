"""The page of an import: people choose a file, check it, and import it."""

from typing import Any, ClassVar

from core.pages.browsable import BrowsableAPI
from core.pages.mixin import make_form_key
from core.pages.wording import reword
from core.sentences import write_number

STATUSES_WITH_PAGE = (200, 400, 405)


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


def list_messages(body: dict[str, Any]) -> list[str]:
    """Return the messages of a refusal, in the words of the page."""
    if "detail" in body:
        return [reword(body["detail"])]
    return [message for messages in body.values() if isinstance(messages, list) for message in messages]
