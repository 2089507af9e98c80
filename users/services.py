"""The services that add and change users. Other services of users/ set passwords and close accounts.

Mail is sent outside of the request, after the transaction has committed. The database ends access tokens by itself: it
increments `token_version` when a password or `is_active` changes.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Value
from django.db.models.functions import Lower
from rest_framework.exceptions import ValidationError

from core import mail
from core.database.transactions import atomic
from core.ownership import accept, has_data
from core.sentences import fill
from core.translation import gettext_noop
from users.access.permissions import Caller
from users.access.roles import Role
from users.access.services import deactivate
from users.errors import CurrencyFixed, Erased, NotInvitable, SignupClosed
from users.events import services as events
from users.hooks import CURRENCIES
from users.keys import services as keys
from users.models import ApiKey, EventKind, SecurityEvent, User
from users.sign_in import password_services, rate_limits
from users.sign_in.password_services import check_password_rules, mail_password_link

DEACTIVATED = gettext_noop(
    "{name} is deactivated in this shop. To let it in again, make it active on its page, or enter its"
    " e-mail address without a password: then it gets a link by mail."
)

# Countries whose law asks some shops or all for a certified cash register, or certified software, to take payments.
# docs/payments.md names the laws.
WITH_CERTIFIED_REGISTERS = frozenset(
    ("AT", "BE", "BG", "DE", "ES", "FR", "GR", "HR", "HU", "IT", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK")
)


def may_ask_for_register(country: str) -> bool:
    """Return whether the country asks for a certified cash register. Without a country, it may."""
    return not country or country in WITH_CERTIFIED_REGISTERS


def is_currency_fixed(owner_id: int, *, lock: bool = False) -> bool:
    """Return whether the shop has something whose amounts are in its currency for ever."""
    return any(hook.is_fixed(owner_id, lock=lock) for hook in reversed(CURRENCIES))


def require_free_currency(shop: User) -> None:
    """Raise CurrencyFixed, or let nothing fix the currency until the transaction ends."""
    if is_currency_fixed(shop.pk, lock=True):
        raise CurrencyFixed(currency=shop.currency)


def sign_up(
    *, by: Caller, username: str, password: str, role: str = Role.OWNER, email: str = "", phone: str = "", **more: Any
) -> User:
    """Create a user by `register()`. Raise SignupClosed (403), or Throttled (429) after too many of the address."""
    require_open_signup()
    with rate_limits.limit_sign_ups(by=by):
        return register(by=by, username=username, password=password, role=role, email=email, phone=phone, **more)


def require_open_signup() -> None:
    if not settings.SIGNUP_OPEN:
        raise SignupClosed()


@atomic
def register(
    *,
    by: Caller,
    username: str,
    password: str | None,
    role: str = Role.OWNER,
    email: str = "",
    phone: str = "",
    employer: User | None = None,
    **more: Any,
) -> User:
    """Create a user, by default the owner of a shop with `more` settings, even if the service accepts no sign-ups.

    Without a password, nobody can sign in as this user: mail it an invitation. Raise ValidationError for a weak
    password, and the errors of `invite()`.
    """
    name = User.normalize_username(username)
    user = User(username=name, role=role, email=email, phone=phone, employer=employer, **more)
    if password is not None:
        check_password_rules(password, user, "password")
    user.set_password(password)
    user.save(force_insert=True)
    if password is None:
        invite(by=by, user=user)
    return user


def put_first_steps_away(*, by: Caller) -> None:
    """Remove the list of first steps from the start page of the caller's shop, for ever.

    Raise PermissionDenied if the caller does not lead a shop.
    """
    if by.user is None or not by.user.leads_shop:
        raise PermissionDenied
    User.objects.filter(pk=by.user.account_id).update(shows_first_steps=False)


def employ(
    *, by: Caller, username: str, password: str | None = None, role: str = Role.WORKER, email: str = "", phone: str = ""
) -> User:
    """Create a user whose employer is the caller's shop, by default a worker, as `register()` does.

    It is a developer if the caller is. An invitation to the address of a deactivated user of the shop lets this one in
    again. Otherwise, raise ValidationError if such a user has the name or the address.
    """
    former = find_deactivated(by=by, username=username, email=email)
    invited = former.get("email") if password is None else None
    if invited and invited.employer_id and former.get("username", invited) == invited:
        return readmit(by=by, user=invited, username=username, role=role, phone=phone or invited.phone)
    if former:
        raise ValidationError({name: [fill(DEACTIVATED, name=user.username)] for name, user in former.items()})
    given: dict[str, Any] = {"employer": by.user.shop_owner, "developer": by.user.developer} if by.user else {}
    return register(by=by, username=username, password=password, role=role, email=email, phone=phone, **given)


def find_deactivated(*, by: Caller, **names: str) -> dict[str, User]:
    """Return the deactivated users of the caller's shop that have these names, by the field of the name."""
    users = User.objects.visible_to(by.user).filter(erased_at=None).exclude(is_active=True, is_barred=False)
    found = {field: users.filter(**{f"{field}__lower": Lower(Value(text))}).first() for field, text in names.items()}
    return {field: user for field, user in found.items() if user and names[field]}


@atomic
def readmit(*, by: Caller, user: User, **fields: Any) -> User:
    """Reactivate a user with these fields, and mail it a link to set a password, in place of its former one."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    change_user(by=by, user=user, is_active=True, **fields)
    invite(by=by, user=user)
    return user


@atomic
def invite(*, by: Caller, user: User) -> None:
    """Mail a user without a password a link to set one.

    Raise MailOff (400), NotInvitable (409), EmailNotConfirmed (400) of the caller, or Throttled (429).
    """
    mail.require_mail()
    if reason := password_services.find_obstacle(user):
        raise NotInvitable(reason=reason)
    if by.user:
        rate_limits.count_invitation(by=by)
        rate_limits.count_mail(owner=by.user, to=user.email, is_known=False)
    mail_password_link(by=by, user=user)


@atomic
def change_user(
    *,
    by: Caller,
    user: User,
    password: str | None = None,
    is_active: bool | None = None,
    check: Callable[[User], None] = accept,
    **fields: Any,
) -> None:
    """Set the given fields. A new password or deactivation ends every token of the user at once.

    The caller's rights are checked by the serializer or the admin. `check` gets the locked user before any change, and
    refuses the change by an exception. Raise ValidationError for a weak password, or
    Erased.
    """
    before = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=user.pk)
    if before.erased_at:
        raise Erased()
    check(before)
    for name, value in fields.items():
        setattr(user, name, value)
    if password is not None:
        check_password_rules(password, user, "password")
        user.set_password(password)
        fields["password"] = user.password
        events.record_security_event(by=by, user=user, kind=EventKind.PASSWORD_CHANGED)
    if is_active:
        fields["is_active"], fields["is_barred"] = True, False
        user.is_active, user.is_barred = True, False
    user.save(update_fields=list(fields))
    if user.email != before.email:
        events.record_security_event(by=by, user=user, kind=EventKind.EMAIL_CHANGED)
        # The old address gets a mail, because a reader of the new one can get a link to set a password.
        rate_limits.tell_user(before, "email_changed")
    if password is not None:
        rate_limits.tell_user(before, "password_changed")
    record_left_account(by=by, before=before, user=user)
    if user.role != before.role:
        events.record_security_event(by=by, user=user, kind=EventKind.ROLE_CHANGED)
    if is_active and not before.is_admitted:
        events.record_security_event(by=by, user=user, kind=EventKind.REACTIVATED)
    if is_active is False:
        deactivate(by=by, user=user)


def record_left_account(*, by: Caller, before: User, user: User) -> None:
    """Record that the user has left an account, unless an event already shows that the user has been there.

    Erasing a person finds the accounts by these events. Also revoke the keys of devices, which stay in that shop.
    """
    left = before.history_owner_id
    if left in (None, user.history_owner_id):
        return
    if not SecurityEvent.objects.filter(user=user, account=left).exists():
        events.record_security_event(by=by, user=before, kind=EventKind.ROLE_CHANGED)
    for key in ApiKey.objects.filter(user=user, is_device=True).select_related("user"):
        keys.revoke(by=by, key=key)


@atomic
def reactivate(*, by: Caller, user: User) -> bool:
    """Reactivate this user, but not its workers. Return whether it was inactive, and not erased."""
    if not User.objects.filter(pk=user.pk, erased_at=None).exclude(is_active=True, is_barred=False).exists():
        return False
    change_user(by=by, user=user, is_active=True)
    return True


def has_account(user: User) -> bool:
    """Return whether the user has workers or rows. Nobody could reach these if the user were not an owner."""
    return user.workers.exists() or has_data(user.pk)
