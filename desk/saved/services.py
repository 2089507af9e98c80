"""Write saved views."""

from collections.abc import Callable
from typing import Any

from core.database.transactions import atomic
from core.ownership import delete_rows
from desk.saved.errors import TooManyViews
from desk.saved.mail.services import plan_mail
from desk.saved.models import MAX_VIEWS, SavedView
from users.keys.services import lock_user
from users.models import User


@atomic
def create_view(*, user: User, **values: Any) -> SavedView:
    """Create a view of the user. Raise TooManyViews (409), or what plan_mail() raises."""
    lock_user(user)
    if SavedView.objects.for_user(user).filter(user=user).count() >= MAX_VIEWS:
        raise TooManyViews(limit=MAX_VIEWS)
    values |= plan_mail(user, None, values)
    return SavedView.objects.create(owner_id=user.account_id, user=user, **values)  # type: ignore[misc]


@atomic
def delete_view(*, user: User, pk: int, check: Callable[[SavedView], None]) -> None:
    """Delete a view of the user, if `check` does not raise for the locked row. Raise SavedView.DoesNotExist."""
    row = SavedView.objects.for_user(user).filter(user=user).with_mail().select_for_update(of=("self",)).get(pk=pk)
    check(row)
    delete_rows(SavedView, row.owner_id, [row])
