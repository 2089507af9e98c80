"""The users of the demo shop, their password and a key. All are public, so they work only in demo mode."""

DEMO_PASSWORD = "tea-at-half-past-4"  # noqa: S105, a demo accepts connections of its own machine only
# Belongs to the user `demo` and is for a till.
DEMO_KEY = "inv_demoteashop1_this-key-works-in-the-demo-shop-alone-00001"
DEMO_KEY_NAME = "till 1"
DEMO_USERS = {
    "demo": "owner of the demo shop",
    "helper": "worker in the demo shop",
    "trainee": "another worker there",
    "support": "support staff, for the admin",
    "admin": "a superuser, for the admin",
}
