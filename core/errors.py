"""The base class of errors that a rule of the product raises."""

from typing import Any

from rest_framework import status

# Copy these dicts before rendering, because a renderer may change its data.
NOT_FOUND = {"detail": "Not found.", "code": "not_found"}
LENGTH_REQUIRED = {"detail": "Send the body with a Content-Length.", "code": "length_required"}
BROKEN_BODY = {"detail": "The body could not be read: it ended early.", "code": "parse_error"}


class DomainError(Exception):
    """An error raised by a rule of the product. The response is `{"detail", "code", **numbers}` with `status`.

    The table of error codes takes two texts in Markdown from one class of each code: `when` says when the error is
    raised, and `also` lists the other values in the response.
    """

    status: int = status.HTTP_400_BAD_REQUEST
    code = "invalid"
    detail = "This can't be done."
    when: str
    also = ""

    def __init__(self, **numbers: Any) -> None:
        super().__init__(self.detail.format(**numbers))
        self.numbers = numbers

    def as_dict(self) -> dict[str, Any]:
        return {"detail": str(self), "code": self.code, **self.numbers}
