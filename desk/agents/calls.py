"""A call of a tool, and the errors of the routes that it calls."""

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from core.errors import translate_detail
from core.http.calls import Answer, Query, call_api
from core.lists.pagination import WRONG_CURSOR
from core.translation import gettext_noop as _

PAGE_NUMBER = "^[1-9][0-9]{0,8}$"
ROWS = 20  # the most rows in the result of a tool
WRONG_ARGUMENTS = {"code": "invalid", "detail": _("Some arguments are wrong. Nothing was done.")}


class Refusal(Exception):
    """A refusal by the API, with the data of its response."""

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data)
        self.data = data

    def as_dict(self) -> dict[str, Any]:
        """Return the data, with at most ROWS refused lines. Field errors have no code, so they get `invalid`."""
        if "code" not in self.data:
            return {**translate_detail(WRONG_ARGUMENTS), "errors": self.data}
        return {**self.data, **({"lines": self.data["lines"][:ROWS]} if "lines" in self.data else {})}


class Unavailable(Exception):
    """A response after which a client tries again later. The agent gets it in place of a result."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response)
        self.response = response


@dataclass(frozen=True)
class Call:
    """A call of a tool by the user of the request."""

    request: Request
    tool: str
    arguments: dict[str, Any]

    @property
    def user(self) -> Any:
        return self.request.user

    @property
    def page(self) -> int:
        """Return the number of the page. Raise Refusal for a cursor that is no number."""
        cursor = self.arguments.get("cursor", "1")
        if not re.fullmatch(PAGE_NUMBER, cursor):
            raise Refusal({"cursor": [str(WRONG_CURSOR)]})
        return int(cursor)

    def get(self, route: str, query: Query | None = None, **kwargs: Any) -> Any:
        """Return the data of the route. Raise Refusal or Unavailable."""
        return check(call_api(self.request._request, route, method="GET", query=query, **kwargs))


def check(answer: Answer) -> Any:
    """Return the data of the answer. Raise Unavailable for a 429 or a 503, and Refusal for another error."""
    if answer.response.status_code in (429, 503):
        raise Unavailable(answer.response)
    if not answer.is_success:
        raise Refusal(answer.data)
    return answer.data
