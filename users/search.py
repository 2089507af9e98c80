"""How the support desk finds a user."""

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower

from users.models import User


def users(text: str, limit: int) -> list[User]:
    """Users by name or e-mail address, ignoring case: those of just this name or address first, then those with it."""
    name, address = Lower(Value(User.normalize_username(text))), Lower(Value(text))
    exact = list(people(Q(username__lower=name) | Q(email__lower=address))[:limit])
    others = people(Q(username__icontains=text) | Q(email__icontains=text)).exclude(pk__in=[user.pk for user in exact])
    return [*exact, *others[: limit - len(exact)]]


def people(condition: Q) -> QuerySet:
    return User.objects.filter(condition).select_related("employer").order_by("id")
