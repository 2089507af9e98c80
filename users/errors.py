"""Errors of users and their shops, of API keys, of signing in, and of second factors."""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied

from core.errors import CHANGE, NEVER, Conflict, DomainError
from core.http.browsers import PROOF_REQUIRED


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
        "payments need `acknowledged: true`: the `country` asks for a certified cash register, or is not set. This"
        " holds when payments are switched on, and when the shop moves from another country to such a one"
    )


class CurrencyFixed(Conflict):
    code = "currency_fixed"
    detail = (
        "The shop has sales, quotes, closings, cash movements, sent orders or deliveries with costs in {currency}, so"
        " its currency is fixed. Open a new shop for another one."
    )
    when = (
        "the `currency` of a shop is to be changed or emptied after the first sale, quote, closing, movement of cash,"
        " sent order or delivery with a cost, even if that was undone"
    )
    also = "`currency`: the present one"


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
    when = "only [handing over](roles.md#handing-over) makes an owner, and only the owner gives other roles"
    also = "`role`"


class NotInvitable(Conflict):
    """The user can't be invited. `reason` is password_set, no_email or inactive."""

    code = "not_invitable"
    detail = "This user can't be invited: it has a password, no e-mail address, or is deactivated."
    when = "the worker can't be invited"
    also = "`reason`: password_set, no_email or inactive"


class AccountClosing(Forbidden):
    code = "account_closing"
    detail = "This shop is being closed. Its owner can only read, export and undo this."
    when = "the shop is being closed. Only its owner may still read and export, or undo the closing"
    also = "`closes_at`"


class AccountClosed(Conflict):
    code = "account_closed"
    advice = NEVER
    detail = "The time of this shop is over: its rows are being removed."
    when = "the time to undo the closing of a shop is over"


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
    when = "`/api/keys/self/` was requested without an API key"


class TooManyKeys(DomainError):
    code = "too_many_keys"
    detail = "You have {limit} API keys already: revoke one that you no longer use."
    when = "the user has as many API keys as allowed. Revoked and expired ones do not count"
    also = "`limit`"


class KeyOfDevice(Conflict):
    code = "key_of_device"
    detail = "This is the key of a till. Pair the till again to replace it."
    when = "the API key of a till's device can't be rolled. Pairing the till again replaces it"


class KeyEnded(Conflict):
    code = "key_ended"
    advice = NEVER
    detail = "This API key has ended or was rolled already: create another one."
    when = "the API key was revoked, has expired or was rolled before"


class Erased(Conflict):
    code = "erased"
    advice = NEVER
    detail = "This person was erased. Nobody can sign in as this user again, and it can't be changed."
    when = "the user was erased. It can be neither changed, reactivated nor erased again"


class LeadsShop(Conflict):
    code = "leads_shop"
    detail = "This user leads a shop. Close the shop instead: that removes the owner as well."
    when = "the user leads a shop, which has to be closed instead"


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
        "the link to set a password is wrong, expired or used, or has ended. It ends when the password, the e-mail"
        " address or the user's activity changes. The response is the same in every case"
    )


class ConfirmationInvalid(DomainError):
    code = "confirmation_invalid"
    detail = "This link is wrong, has expired or was used already, or the address has changed. Ask for a new one."
    when = (
        "the link to confirm an e-mail address is wrong, expired or used, or the address has changed. The response is"
        " the same in every case"
    )


class EmailNotConfirmed(DomainError):
    code = "email_not_confirmed"
    detail = (
        "Confirm your e-mail address first: choose Confirm e-mail address on the page of your own user, or POST to"
        " /api/users/me/confirm-email/, and open the link in the mail."
    )
    when = (
        "the e-mail address of the user who requests mail is not confirmed. The mail is an order, an invitation,"
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


class SecondFactorRequired(DomainError):
    """The password was right, and the user has a second factor."""

    status = status.HTTP_401_UNAUTHORIZED
    code = "second_factor_required"
    advice = CHANGE
    detail = (
        "This user has a second factor. Send the challenge again with a code or a passkey. A program that signs in by"
        " itself should use an API key instead."
    )
    when = "the password is right, and the user has a second factor: [second factor](second-factor.md#programs)"
    also = "`challenge`, `kinds`, `expires_in` (seconds), and `options` for the browser if the user has a passkey"


class SecondFactorWrong(DomainError):
    status = status.HTTP_401_UNAUTHORIZED
    code = "second_factor_wrong"
    advice = CHANGE
    detail = "This code or passkey is wrong, or was used already. Wait for the next code."
    when = "the code or the passkey is wrong or was used already. It counts as a wrong password"


class ChallengeExpired(DomainError):
    status = status.HTTP_401_UNAUTHORIZED
    code = "challenge_expired"
    advice = CHANGE
    detail = "This sign-in has expired or was completed already. Begin again."
    when = (
        "the challenge is unknown, older than five minutes or answered already. It also ends when the password, the"
        " factors or the activity of its user changes"
    )


class SecondFactorSetup(Forbidden):
    code = "second_factor_setup"
    detail = "Set up a second factor first, at /api/users/me/factors/."
    when = "the user has no second factor, and the days to set one up are over"


class FactorExists(Conflict):
    code = "factor_exists"
    detail = "This factor exists already. Replace it, or add another kind."
    when = "the user has an authenticator app already, or the passkey belongs to a user. Send `replace` for the app"


class NoFactor(Conflict):
    code = "no_factor"
    detail = "Add an authenticator app or a passkey first: recovery codes only replace a lost one."
    when = "recovery codes need another factor"


class LastFactor(Conflict):
    code = "last_factor"
    detail = "You need a second factor. Add another one before you remove this one."
    when = "the shop requires a factor, or the user belongs to the support staff. So the last factor can't be removed"


class TooManyFactors(DomainError):
    code = "too_many_factors"
    detail = "You have {limit} second factors already: remove one that you no longer use."
    when = "the user has as many second factors as allowed"
    also = "`limit`"
