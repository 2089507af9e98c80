"""The users who may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import ANYONE, NEW_OR_MANAGERS, READ, SIGNED_IN, Route, detail_route
from users.roles import Right

SIGNING_IN = (
    "register", "login", "passkey-options", "passkey", "refresh", "email-confirm", "password-reset",
    "password-reset-confirm",
)  # fmt: skip

ROUTES = {
    "user-list": Route("users", {"GET": SIGNED_IN, "POST": NEW_OR_MANAGERS}, link="users"),
    "user-me": Route("users", detail_route(SIGNED_IN), link="me", needs_factor=False),
    "user-detail": Route("users", detail_route(SIGNED_IN)),
    "user-invite": Route("users", {"POST": Right.MANAGE_USERS}),
    "user-erase": Route("users", {"POST": SIGNED_IN}),
    "user-confirm-email": Route("users", {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    "user-events": Route("users", READ, link="security-events"),
    "factor-list": Route("factors", {"GET": SIGNED_IN}, link="second-factors", needs_factor=False),
    "factor-detail": Route("factors", {"DELETE": SIGNED_IN}, needs_factor=False),
    **dict.fromkeys(
        ("factor-totp", "factor-confirm", "factor-options", "factor-passkeys", "factor-recovery"),
        Route("factors", {"POST": SIGNED_IN}, needs_factor=False),
    ),
    "user-factors": Route("factors", {"DELETE": Right.MANAGE_USERS}),
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
    **dict.fromkeys(SIGNING_IN, Route("auth", {"POST": ANYONE})),
    **dict.fromkeys(("proof", "logout"), Route("auth", {"POST": SIGNED_IN}, stays_open=True, needs_factor=False)),
    "password": Route("auth", {"POST": SIGNED_IN}),
}
