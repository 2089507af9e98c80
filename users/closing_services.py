"""The services that deactivate users and close shops."""

from django.db.models import F
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import ValidationError

from core.database.transactions import atomic
from users import event_services as events
from users import login_throttling
from users.callers import Caller
from users.errors import WRONG_PASSWORD
from users.models import EventKind, User


@atomic
def deactivate(*, by: Caller, user: User) -> bool:
    """Deactivate a user and, if it is an owner, its workers. Return whether anyone was deactivated."""
    if user.owns_shop and not user.leads_shop:
        return bar(by=by, user=user)
    people = (
        User.objects.with_workers(user.account if user.leads_shop else user)
        .filter(is_active=True)
        .select_for_update(no_key=True)
        .order_by("pk")
    )
    for person in (deactivated := list(people)):
        person.is_active = False
        person.save(update_fields=["is_active"])
        events.record_security_event(by=by, user=person, kind=EventKind.DEACTIVATED)
    user.is_active = False
    return bool(deactivated)


def bar(*, by: Caller, user: User) -> bool:
    """Deactivate a former owner. Its shop stays open. Return whether the user was active."""
    others = {"token_version": F("token_version") + 1, "is_barred": True}
    if not User.objects.filter(pk=user.pk, is_active=True, is_barred=False).update(**others):
        return False
    events.record_security_event(by=by, user=user, kind=EventKind.DEACTIVATED)
    return True


@sensitive_variables("password")
def deactivate_oneself(*, by: Caller, user: User, password: str) -> None:
    """Deactivate the caller, if the password is right. A wrong one counts as a wrong sign-in, and is refused."""
    with login_throttling.limit_sign_in(by=by, username=user.get_username()) as succeeded:
        if not user.check_password(password):
            raise ValidationError({"password": [WRONG_PASSWORD]})
        succeeded()
    deactivate(by=by, user=user)
