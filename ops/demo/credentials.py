"""The demo's users, password and keys, which are public and work only there, and what `make run` prints."""

from collections.abc import Iterable

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


TEXT = """
  Inventory API, demo mode: a tea shop on an embedded PostgreSQL, this machine only

  Shop     {base}/               Till       {base}/till/
  API      {base}/api/           Reference  {base}/api/docs/
  Admin    {base}/admin/         Docs       {base}/docs/
  Health   {base}/readyz

  Sign in as, unless you have changed the password
{users}

  API keys of demo
{keys}

  A first call, the shop in numbers:
    {call}

  Stop: Ctrl-C (the data stays)   Another port: make run PORT={other_port}   Start over: make reset
"""
USER = "    {name:<9}{password:<20}{what}"
KEY = "    {key}  {what}"
KEY_USES = {DEMO_KEY: "a till that reads and books", DEMO_AGENT_KEY: "an agent at {base}/mcp"}
NOTHING = "    none is left: make reset creates them again"
# A command of one line to copy and paste. It signs in, and calls the dashboard with the token.
CALL = (
    """curl -s --noproxy '*' {base}/api/dashboard/ -H "Authorization: Bearer $(curl -s --noproxy '*' """
    """{base}/api/login/ -d username=demo -d password={password} """
    """| python3 -c 'import json, sys; print(json.load(sys.stdin)["access"])')" """
    """| python3 -m json.tool"""
)


def make_banner(port: int, users: Iterable[str] = tuple(DEMO_USERS), keys: Iterable[str] = tuple(KEY_USES)) -> str:
    """Return the addresses, these users and API keys of the demo, and a call to paste, for a server on this port."""
    base = f"http://127.0.0.1:{port}"
    user_lines = [USER.format(name=name, password=DEMO_PASSWORD, what=DEMO_USERS[name]) for name in users]
    key_lines = [KEY.format(key=key, what=KEY_USES[key].format(base=base)) for key in keys]
    return TEXT.format(
        base=base,
        users="\n".join(user_lines) or NOTHING,
        keys="\n".join(key_lines) or NOTHING,
        call=CALL.format(base=base, password=DEMO_PASSWORD),
        other_port=port + 1,
    )
