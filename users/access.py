"""The users who may use the routes of this app, the tags of the routes in the schema and their links at the root."""

from users.permissions import ANYONE, MEMBERS, NEW_OR_OWNERS, OWNERS, READ, SIGNED_IN, Route

SELF_OR_WORKERS = {"GET": SIGNED_IN, "PUT": SIGNED_IN, "PATCH": SIGNED_IN, "DELETE": SIGNED_IN}

ROUTES = {
    "user-list": Route("users", {"GET": SIGNED_IN, "POST": NEW_OR_OWNERS}, link="users"),
    "user-me": Route("users", SELF_OR_WORKERS, link="me"),
    "user-detail": Route("users", SELF_OR_WORKERS),
    "user-invite": Route("users", {"POST": OWNERS}),
    "user-confirm-email": Route("users", {"GET": SIGNED_IN, "POST": SIGNED_IN}),
    "user-events": Route("users", READ, link="security-events"),
    "key-list": Route("keys", {"GET": MEMBERS, "POST": MEMBERS}, link="keys"),
    "key-detail": Route("keys", {"GET": MEMBERS, "PUT": MEMBERS, "PATCH": MEMBERS, "DELETE": MEMBERS}),
    "key-roll": Route("keys", {"POST": MEMBERS}),
    "account": Route("account", {"GET": MEMBERS, "PUT": OWNERS, "PATCH": OWNERS}, link="account"),
    "register": Route("auth", {"POST": ANYONE}),
    "login": Route("auth", {"POST": ANYONE}),
    "refresh": Route("auth", {"POST": ANYONE}),
    "logout": Route("auth", {"POST": SIGNED_IN}),
    "email-confirm": Route("auth", {"POST": ANYONE}),
    "password": Route("auth", {"POST": SIGNED_IN}),
    "password-reset": Route("auth", {"POST": ANYONE}),
    "password-reset-confirm": Route("auth", {"POST": ANYONE}),
}
