"""The reasons why the worker does not receive a body.

The application responds to these requests (core/http/middleware.py).
"""

import errno

from rest_framework import status

from core.errors import DomainError

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # a full disk, an exceeded quota, and a limit of the size of files


class StorageFull(DomainError):
    """The temporary folder has no room for a body or for a file in it."""

    status = status.HTTP_507_INSUFFICIENT_STORAGE
    code = "storage_full"
    detail = "The service has no room for this body at the moment. Nothing was changed. Send the request again later."
    when = "the service has no room to keep a large body or file while it is processed. Nothing was changed"


class TooManyUploads(DomainError):
    """The body would take too many bytes, together with the other bodies that the client is sending."""

    status = status.HTTP_429_TOO_MANY_REQUESTS
    code = "too_many_uploads"
    detail = (
        "Your address is sending other large bodies at the moment, and together they are larger than {limit} bytes."
        " Nothing was changed. Send this request again when they have been answered."
    )
    when = (
        "together with other large bodies that the same address is sending or waiting for, this one is too large:"
        " [slow clients](deploying.md#slow-clients). Nothing was changed: retry after `Retry-After` seconds"
    )
    also = "`limit`: the bytes for each address"


def is_storage_full(error: BaseException | None) -> bool:
    """Return whether the error says that a file could not be written because there is no room."""
    return isinstance(error, OSError) and error.errno in FULL
