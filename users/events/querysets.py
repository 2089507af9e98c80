"""The security events that a user sees."""

from typing import Any

from django.db import models
from django.db.models import Q

from users.access.roles import Right, may


class EventQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Any:
        """Return the user's own events, or all events of its account if it may manage users.

        A user does not see its events in an account that it has left, because they name users of that account.
        """
        own = Q(user=user.pk) & (Q(account=None) | Q(account__in=[user.pk, user.account_id or user.pk]))
        return self.filter(own | Q(account=user.account_id) if may(user, Right.MANAGE_USERS) else own)
