"""The users of the demo shop and their password, printed at the start: they work in demo mode alone."""

DEMO_PASSWORD = "tea-at-half-past-4"  # noqa: S105, of a shop that exists on its owner's machine alone
DEMO_USERS = {
    "demo": "owner of the demo shop",
    "helper": "worker in the demo shop",
    "trainee": "another worker there",
    "support": "support staff, for the admin",
    "admin": "a superuser, for the admin",
}
