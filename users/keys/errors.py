"""Errors of API keys."""

from rest_framework import status

from core.errors import Conflict, DomainError
from users.errors import Forbidden


class KeyScopeTooSmall(Forbidden):
    """The API key may not do this. `required` is the scope that the request needs, or sign_in if no key may do it."""

    code = "key_scope"
    detail = "This API key may not do this. Required: {required}."
    when = "the API key may not do this, though its user may"
    also = "`required`: the scope that is needed, book or manage; or sign_in if no key may do this"


class NoKey(DomainError):
    status = status.HTTP_404_NOT_FOUND
    code = "no_key"
    detail = "This request was sent without an API key, so there is no key to describe."
    when = "`/api/keys/self/` describes the API key of the request, and this one was sent without a key"


class TooManyKeys(DomainError):
    code = "too_many_keys"
    detail = "You have {limit} API keys already: revoke one that you no longer use."
    when = "the user has as many API keys as allowed that are neither revoked nor expired"
    also = "`limit`"


class KeyOfDevice(Conflict):
    code = "key_of_device"
    detail = "This is the key of a till. Pair the till again to replace it."
    when = "the API key of a till's device can't be rolled. Pairing the till again replaces it"


class KeyEnded(Conflict):
    code = "key_ended"
    detail = "This API key has ended or was rolled already: create another one."
    when = "the API key can't be rolled: it was revoked, has expired or was rolled before"
