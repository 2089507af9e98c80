"""Errors of sign-in, of links in mails, and of requests without a fresh proof."""

from django.utils.translation import gettext_lazy
from rest_framework.exceptions import AuthenticationFailed

from core.errors import DomainError
from core.http.browsers import PROOF_REQUIRED
from users.errors import Forbidden


class UserInactive(AuthenticationFailed):
    default_code = "user_inactive"
    default_detail = gettext_lazy(
        "This user is deactivated. The owner of the shop can reactivate a worker; the operator of the service can"
        " reopen a shop."
    )


NO_EMAIL = gettext_lazy("Add an e-mail address first.")
WRONG_PASSWORD = gettext_lazy("This is not your password.")


class ResetInvalid(DomainError):
    code = "reset_invalid"
    detail = "This link is wrong, has expired or was used already. Ask for a new one."
    when = (
        "the link to set a password is wrong, has expired, was used already, or ended because the password, the e-mail"
        " address or the user's activity changed. The response is the same in every case"
    )


class ConfirmationInvalid(DomainError):
    code = "confirmation_invalid"
    detail = "This link is wrong, has expired or was used already, or the address has changed. Ask for a new one."
    when = (
        "the link to confirm an e-mail address is wrong, has expired or was used already, or the address has changed."
        " The response is the same in every case"
    )


class EmailNotConfirmed(DomainError):
    code = "email_not_confirmed"
    detail = (
        "Confirm your e-mail address first: choose Confirm e-mail address on the page of your own user, or POST to"
        " /api/users/me/confirm-email/, and open the link in the mail."
    )
    when = (
        "mail was requested by a user whose e-mail address is not confirmed: an order by mail, an invitation,"
        " notices or a view. POST `/api/users/me/confirm-email/` mails the link that confirms it"
    )


class ProofRequired(Forbidden):
    code = PROOF_REQUIRED
    detail = (
        "Prove first that it is you: send your password, a code or a passkey to /api/auth/proof/, and use the token of"
        " the response."
    )
    when = (
        "the request needs a proof that is younger than `PROOF_SECONDS`: [fresh proofs](second-factor.md#fresh-proofs)"
    )
