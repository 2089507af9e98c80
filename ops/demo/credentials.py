"""The users of the demo shop, their password and two keys. All are public, so they work only in demo mode."""

DEMO_PASSWORD = "tea-at-half-past-4"  # noqa: S105, a demo accepts connections of its own machine only
# Both keys belong to the user `demo`. One is for a till, the other one for an agent.
DEMO_KEY = "inv_demoteashop1_this-key-works-in-the-demo-shop-alone-00001"
DEMO_AGENT_KEY = "inv_demoteashop2_this-agent-key-works-in-the-demo-shop-00001"
DEMO_KEYS = {DEMO_KEY: ("till 1", "book"), DEMO_AGENT_KEY: ("agent", "manage")}  # the name and the scope of each
DEMO_USERS = {
    "demo": "owner of the demo shop",
    "helper": "worker in the demo shop",
    "trainee": "another worker there",
    "manager": "manager of the demo shop",
    "counter": "counts there, and sees no quantities",
    "viewer": "reads everything there, and changes nothing",
    "support": "support staff, for the admin",
    "admin": "a superuser, for the admin",
}
