"""The users who may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import ANYONE, NEW_OR_MANAGERS, READ, SIGNED_IN, Route
from users.roles import Right

SELF_OR_WORKERS = {"GET": SIGNED_IN, "PUT": SIGNED_IN, "PATCH": SIGNED_IN, "DELETE": SIGNED_IN}

ROUTES = {
    "user-list": Route("users", {"GET": SIGNED_IN, "POST": NEW_OR_MANAGERS}, link="users"),
    "user-me": Route("users", SELF_OR_WORKERS, link="me"),
    "user-detail": Route("users", SELF_OR_WORKERS),
    "user-invite": Route("users", {"POST": Right.MANAGE_USERS}),
    "user-erase": Route("users", {"POST": SIGNED_IN}),
    "user-confirm-email": Route("users", {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    "user-events": Route("users", READ, link="security-events"),
    "key-list": Route("keys", {"GET": Right.WORK, "POST": Right.WORK}, link="keys"),
    "key-detail": Route("keys", {"GET": Right.WORK, "PUT": Right.WORK, "PATCH": Right.WORK, "DELETE": Right.WORK}),
    "key-roll": Route("keys", {"POST": Right.WORK}),
    "account": Route(
        "account", {"GET": Right.WORK, "PUT": Right.MANAGE_SHOP, "PATCH": Right.MANAGE_SHOP}, link="account"
    ),
    "account-closing": Route(
        "account", {"GET": Right.MANAGE_SHOP, "POST": Right.MANAGE_SHOP, "DELETE": Right.MANAGE_SHOP}, stays_open=True
    ),
    "account-hand-over": Route("account", {"POST": Right.MANAGE_SHOP}),
    "register": Route("auth", {"POST": ANYONE}),
    "login": Route("auth", {"POST": ANYONE}),
    "refresh": Route("auth", {"POST": ANYONE}),
    "logout": Route("auth", {"POST": SIGNED_IN}, stays_open=True),
    "email-confirm": Route("auth", {"POST": ANYONE}),
    "password": Route("auth", {"POST": SIGNED_IN}),
    "password-reset": Route("auth", {"POST": ANYONE}),
    "password-reset-confirm": Route("auth", {"POST": ANYONE}),
}
