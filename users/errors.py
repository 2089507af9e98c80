"""The errors of this app: refused sign-ups, invitations and links."""

from rest_framework import status

from core.errors import DomainError


class SignupClosed(DomainError):
    status = status.HTTP_403_FORBIDDEN
    code = "signup_closed"
    detail = "This service takes no sign-ups. Ask its operator for an account."


class ResetInvalid(DomainError):
    code = "reset_invalid"
    detail = "This link is wrong, has expired or was used already. Ask for a new one."


class NotInvitable(DomainError):
    """Refuses an invitation. `reason` is password_set, no_email or inactive."""

    status = status.HTTP_409_CONFLICT
    code = "not_invitable"
    detail = "This user can't be invited: it has a password, no e-mail address, or is deactivated."
