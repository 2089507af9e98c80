"""The service that changes the settings of a shop."""

from typing import Any, cast

from core.database.transactions import atomic
from users.callers import Caller
from users.models import User


@atomic
def change_shop(*, by: Caller, **settings: Any) -> None:
    """Set settings of the caller's shop: `shop_name`, `time_zone`, `currency`, `csv_format`.

    The caller is the shop's owner, and its row gets the new values.
    """
    owner = cast(User, by.user)
    for name, value in settings.items():
        setattr(owner, name, value)
    owner.save(update_fields=list(settings))
