"""The text that `make run` prints once the demo is up."""

from collections.abc import Iterable

from ops.demo.credentials import DEMO_AGENT_KEY, DEMO_KEY, DEMO_PASSWORD, DEMO_USERS

TEXT = """
  Inventory API, demo mode: a tea shop on an embedded PostgreSQL, this machine only

  API      {base}/api/           Docs       {base}/docs/
  Admin    {base}/admin/         Reference  {base}/api/docs/
  Health   {base}/readyz         Till       {base}/till/

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
    """curl -s {base}/api/dashboard/ -H "Authorization: Bearer $(curl -s {base}/api/login/ -d username=demo"""
    """ -d password={password} | python3 -c 'import json, sys; print(json.load(sys.stdin)["access"])')" """
    """| python3 -m json.tool"""
)


def make_banner(port: int, users: Iterable[str] = tuple(DEMO_USERS), keys: Iterable[str] = tuple(KEY_USES)) -> str:
    """Return the addresses, these users and API keys of the demo, and a call to paste, for a server on this port."""
    base = f"http://127.0.0.1:{port}"
    user_lines = [USER.format(name=name, password=DEMO_PASSWORD, what=DEMO_USERS[name]) for name in users]
    key_lines = [KEY.format(key=key, what=KEY_USES[key].format(base=base)) for key in keys]
    return TEXT.format(
        base=base, users="\n".join(user_lines) or NOTHING, keys="\n".join(key_lines) or NOTHING,
        call=CALL.format(base=base, password=DEMO_PASSWORD), other_port=port + 1,
    )  # fmt: skip
