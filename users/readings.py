"""Search for users in all accounts, for the support desk."""

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower

from core.fields import parse_id
from users.models import User


def find_users(text: str, limit: int) -> list[User]:
    """Return users whose name or e-mail address contains the text, ignoring case. Equal ones come first."""
    name, address = Lower(Value(User.normalize_username(text))), Lower(Value(text))
    exact = list(select_users(Q(username__lower=name) | Q(email__lower=address))[:limit])
    others = select_users(Q(username__icontains=text) | Q(email__icontains=text)).exclude(
        pk__in=[user.pk for user in exact]
    )
    return [*exact, *others[: limit - len(exact)]]


def select_users(condition: Q) -> QuerySet:
    return User.objects.filter(condition).select_related("employer").order_by("id")


def search_user(text: str) -> User | None:
    pk = parse_id(text)
    by_id: User | None = User.objects.filter(pk=pk).first() if pk is not None else None
    return by_id or User.objects.named(text).first()
