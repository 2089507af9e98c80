"""The base class of the errors that rules raise, errors of several layers, and what a program can do about each."""

import errno
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.http import Http404
from django.utils.translation import gettext
from rest_framework import status

from core.translation import gettext_noop

# `translate_detail` makes the data of a response from each of these.
NOT_FOUND = {"detail": gettext_noop("Not found."), "code": "not_found"}
LINK_ENDED = {
    "detail": gettext_noop("This link has expired, or a part of it is missing. Ask the sender for a new one."),
    "code": "link_ended",
}
LENGTH_REQUIRED = {"detail": gettext_noop("Send the body with a Content-Length."), "code": "length_required"}
BROKEN_BODY = {"detail": gettext_noop("The body could not be read: it ended early."), "code": "parse_error"}
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # a full disk, an exceeded quota, and a limit of the size of files

RETRY, CHANGE, NEVER = "retry", "change", "never"
BY_STATUS = {401: NEVER, 403: NEVER, 429: RETRY, 500: NEVER, 503: RETRY, 507: RETRY}
# The codes whose advice differs from that of their status. Those with an error of their own add themselves.
BY_CODE = {
    **dict.fromkeys(
        (
            "bad_authorization_header", "no_active_account", "not_authenticated", "proof_required", "token_not_valid",
            "token_revoked", "took_too_long",
        ),
        CHANGE,
    ),
    "stock_operation_one_reversal": NEVER,
}  # fmt: skip

OUTDATED: set[str] = set()  # the codes of errors that are so because of what somebody else has changed


class LinkEnded(Http404):
    """A link in a mail shows nothing: it is malformed or has expired, or the shop is closed."""


class DomainError(Exception):
    """An error raised by a rule of the product. The response is `{"detail", "code", **numbers}` with `status`."""

    status: int = status.HTTP_400_BAD_REQUEST
    code = "invalid"
    detail = "This can't be done."
    # For the table of error codes, in Markdown: when the error is raised, and the names of the response's other values.
    when: str
    also = ""
    advice = ""  # what a program can do about it, if this differs from the advice of the status
    is_outdated = False  # whether somebody else has changed what a form shows

    def __init_subclass__(cls) -> None:
        if cls.advice:
            BY_CODE[cls.code] = cls.advice
        if cls.is_outdated:
            OUTDATED.add(cls.code)

    def __init__(self, **numbers: Any) -> None:
        # The server can raise errors before the application, which has the translations, is loaded.
        super().__init__((gettext(self.detail) if apps.ready else self.detail).format(**numbers))
        self.numbers = numbers

    def as_dict(self) -> dict[str, Any]:
        """Return the body of the response. Decimals are texts, as in all bodies."""
        texts = {name: str(value) for name, value in self.numbers.items() if isinstance(value, Decimal)}
        return {"detail": str(self), "code": self.code, **self.numbers, **texts}


class Conflict(DomainError):
    """A refusal because of the present state of a row."""

    status = status.HTTP_409_CONFLICT


class NameTaken(Conflict):
    code = "name_taken"
    detail = "Another one has taken this {field} in the meantime. Change it there first."
    when = (
        "another row has the name or the `external_id` of the one to restore. The rows are suppliers, customers,"
        " categories or locations"
    )
    also = "`field`"


class AmountTooFine(DomainError):
    """The amount has more decimals than the product."""

    code = "amount_too_fine"
    detail = "Too many decimals: an amount of this product has at most {decimals}."
    when = "an `amount` has more decimals than the product"
    also = "`product`, `decimals`"


class QuantityAndAmount(DomainError):
    code = "quantity_and_amount"
    detail = "Give either a quantity or an amount, not both."
    when = "a line has a quantity and an `amount`"


class TooManyMetadataKeys(DomainError):
    code = "too_many_metadata_keys"
    detail = "The metadata of a row has at most {limit} keys."
    when = "`metadata` would have too many keys"
    also = "`limit`"


class NumberTooHigh(DomainError):
    code = "number_too_high"
    detail = "A number would become too high to be stored. Nothing was changed: send smaller numbers."
    when = "a number in the request, a sum or a product of them is too high. Nothing was changed"
    also = "`limit`, of an amount of money"


class StorageFull(DomainError):
    """The temporary folder has no room for a body or for a file in it."""

    status = status.HTTP_507_INSUFFICIENT_STORAGE
    code = "storage_full"
    detail = "The service has no room for this body at the moment. Nothing was changed. Send the request again later."
    when = "the service has no room for a large body or file. Nothing was changed"


class TooManyUploads(DomainError):
    """The body would take too many bytes, together with the other bodies that the client is sending."""

    status = status.HTTP_429_TOO_MANY_REQUESTS
    code = "too_many_uploads"
    detail = (
        "Your address is sending other large bodies at the moment, and together they are larger than {limit} bytes."
        " Nothing was changed. Send this request again when they have been answered."
    )
    when = (
        "the address sends too many [large bodies](deploying.md#slow-clients) at a time. Those that wait count. Nothing"
        " was changed: retry after `Retry-After` seconds"
    )
    also = "`limit`: the bytes for each address"


def translate_detail(data: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of an error's data with the detail in the language of the request."""
    return {**data, "detail": gettext(data["detail"])}


def is_storage_full(error: BaseException | None) -> bool:
    """Return whether a file could not be written because there is no room: the error says so, or one before it."""
    while error and not isinstance(error, OSError):
        error = error.__context__
    return isinstance(error, OSError) and error.errno in FULL


def find_advice(code: str, status: int) -> str:
    """Return `retry`, `change` or `never`: docs/errors.md says what each of them means."""
    return BY_CODE.get(code) or BY_STATUS.get(status, CHANGE)
