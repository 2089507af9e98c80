"""The error of this app."""

from core.errors import DomainError
from core.translation import gettext_noop


class ConfirmNotValid(DomainError):
    code = "confirm_not_valid"
    detail = gettext_noop(
        "This confirm token does not belong to these arguments, or is older than 10 minutes. Nothing was written. Call"
        " the tool without confirm."
    )
    when = "an agent confirms with a token that does not belong to these arguments or to this caller, or is too old"
