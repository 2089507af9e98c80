"""Errors of sign-ups, roles and invitations, and the base of other errors of users and keys."""

from typing import Any

from rest_framework import status
from rest_framework.exceptions import PermissionDenied

from core.errors import Conflict, DomainError


class Forbidden(DomainError, PermissionDenied):
    """A refusal of a user or a key, whatever it sends.

    REST framework expects a PermissionDenied where a page checks whether it may show a form.
    """

    status = status.HTTP_403_FORBIDDEN
    detail: Any


class NotAcknowledged(DomainError):
    code = "not_acknowledged"
    detail = (
        "This is no certified cash register, and the law of your country may ask for one where payments are taken."
        " Confirm that you know this."
    )
    when = (
        "a shop switches payments on without `acknowledged: true`, and its `country` asks for a certified cash register"
        " or is not set; or it moves to such a country while they are on"
    )


class SignupClosed(DomainError):
    status = status.HTTP_403_FORBIDDEN
    code = "signup_closed"
    detail = "This service takes no sign-ups. Ask its operator for an account."
    when = "the service takes no sign-ups (`SIGNUP=closed`)"


class RoleNotGiven(DomainError):
    code = "role_not_given"
    detail = (
        "Nobody gets the role {role} in this way. A shop is handed over to its next owner at /api/account/hand-over/,"
        " and its owner gives the other roles to its users."
    )
    when = (
        "the owner tried to make another user the owner, which [handing over](roles.md#handing-over) does, or somebody"
        " tried to sign up as manager, counter or viewer: the owner of a shop gives these roles"
    )
    also = "`role`"


class NotInvitable(Conflict):
    """The user can't be invited. `reason` is password_set, no_email or inactive."""

    code = "not_invitable"
    detail = "This user can't be invited: it has a password, no e-mail address, or is deactivated."
    when = "the worker can't be invited"
    also = "`reason`: password_set, no_email or inactive"
