"""The call of a tool, and its calls of the routes of the API."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from core.errors import translate_detail
from core.translation import gettext_noop as _
from shop.api import Answer, call_api

ROWS = 20  # the most rows in an answer
WRONG_ARGUMENTS = {"code": "invalid", "detail": _("Some arguments are wrong. Nothing was done.")}


class Refusal(Exception):
    """What the API refused: its code, its detail and its numbers."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data)
        self.data = data

    def as_dict(self) -> dict[str, Any]:
        """Return the data. Errors of fields have no code of their own."""
        return self.data if "code" in self.data else {**translate_detail(WRONG_ARGUMENTS), "errors": self.data}


@dataclass(frozen=True)
class Call:
    """A call of a tool by a user."""

    request: HttpRequest
    user: Any
    tool: str
    arguments: dict[str, Any]

    @property
    def page(self) -> int:
        return int(self.arguments.get("cursor", 1))

    def get(self, route: str, query: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """Return what the route answers. Raise Refusal."""
        return check(call_api(self.request, route, method="GET", query=query, **kwargs))


def check(answer: Answer) -> Any:
    """Return the data of the answer. Raise Refusal if it is an error."""
    if not answer.is_success:
        raise Refusal(answer.data)
    return answer.data
