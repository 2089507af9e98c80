"""The rights that the routes of this app need, the tags of the routes in the schema and their links at the root."""

from users.permissions import Route
from users.roles import Right

READ = {"GET": Right.MANAGE_SHOP}

ROUTES = {
    "account-export-list": Route(
        "account", {**READ, "POST": Right.MANAGE_SHOP}, link="account-exports", stays_open=True
    ),
    "account-export-detail": Route("account", READ),
    "account-export-file": Route("account", READ),
}
