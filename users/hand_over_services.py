"""The service that makes one of a shop's workers its owner: docs/decisions/0040-handing-over.md."""

from typing import Any

from django.db.models import F
from django.db.models.functions import Now
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ValidationError

from core.database.transactions import atomic
from users import event_services as events
from users import login_throttling, tokens
from users.callers import Caller
from users.errors import WRONG_PASSWORD
from users.key_models import ApiKey
from users.models import EventKind, User

NO_WORKER = "This is none of the shop's active workers."
NO_LEADER = "The shop has just been handed over to somebody else."


@sensitive_variables("password")
def hand_over_own_shop(*, by: Caller, owner: User, user: User, password: str) -> User:
    """Hand the caller's shop over, if the password is right. A wrong one counts as a wrong sign-in, and is refused."""
    with login_throttling.limit_sign_in(by=by, username=owner.get_username()) as succeeded:
        if not owner.check_password(password):
            raise ValidationError({"password": [WRONG_PASSWORD]})
        succeeded()
    return hand_over(by=by, user=user, owner_id=owner.pk)


@atomic
def hand_over(*, by: Caller, user: User, owner_id: int | None = None) -> User:
    """Make the user the owner of its shop and the former owner a worker, sign both out, and return the account's row.

    Raise ValidationError unless the user is an active worker of an open shop, which `owner_id` leads if it is given.
    """
    account_id = user.pk if user.owns_shop else user.employer_id
    locked = User.objects.select_for_update(no_key=True).filter(pk__in=[account_id, user.pk]).order_by("pk")
    people = {person.pk: person for person in locked}
    account: User | None = people.get(account_id)
    successor: User | None = people.get(user.pk)
    if account is None or successor is None or not is_worker(account, successor):
        raise ValidationError({"user": [NO_WORKER]})
    former_id = account.leader_id
    if owner_id not in (None, former_id):
        raise ValidationError({"user": [NO_LEADER]})
    account.led_by = None if successor.pk == account.pk else successor
    account.save(update_fields=["led_by"])
    for person in User.objects.filter(pk__in=[former_id, successor.pk]).select_related("employer").order_by("pk"):
        end_access(by=by, user=person)
    return account


def is_worker(account: User, user: User) -> bool:
    """Return whether the user works in this open shop, does not lead it, and may sign in."""
    belongs = account.is_active_owner and account.pk in (user.pk, user.employer_id)
    return belongs and user.is_admitted and account.leader_id != user.pk


def end_access(*, by: Caller, user: Any) -> None:
    """End the sessions, tokens and keys of the user, and record that its role has changed."""
    User.objects.filter(pk=user.pk).update(token_version=F("token_version") + 1)
    tokens.end_all_sign_ins(user)
    ApiKey.objects.filter(user=user, revoked_at=None).update(revoked_at=Now())
    events.record_security_event(by=by, user=user, kind=EventKind.ROLE_CHANGED)


def hand_over_if_possible(*, by: Caller, user: User) -> bool:
    """Make the user the owner of its shop. Return False if it is no active worker of an open shop."""
    try:
        hand_over(by=by, user=user)
    except ValidationError:
        return False
    return True
